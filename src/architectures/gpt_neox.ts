/**
 * GPT-NeoX (arXiv 2204.06745), as `GPTNeoXForSequenceClassification` and `GPTNeoXForCausalLM`: rotary
 * positions on a part of each head, one fused projection for queries, keys and values, attention and MLP
 * side by side or in sequence.
 *
 * @module
 */

import { z } from "zod";
import { activationNames } from "../layers/activation.ts";
import { linear } from "../layers/linear.ts";
import { layerNorm } from "../layers/norm.ts";
import type { Parameters } from "../layers/parameters.ts";
import { rotate } from "../layers/rotary.ts";
import { add } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { CausalFamily } from "./causal_family.ts";
import { classifierFields } from "./configuration.ts";
import { decoder } from "./decoder.ts";
import type { DecoderLayer } from "./decoder_block.ts";
import { equalHeads } from "./decoder_configuration.ts";
import { neoxRotaryNames } from "./field_names.ts";
import { plainMlp } from "./plain_mlp.ts";
import { rotaryOf } from "./rotary_configuration.ts";
import { rotaryFields } from "./rotary_settings.ts";
import type { Trunk } from "./trunk.ts";

const configuration = z.object({
  ...classifierFields,
  ...rotaryFields,
  vocab_size: z.number().int().positive().default(50_432),
  hidden_size: z.number().int().positive().default(6144),
  intermediate_size: z.number().int().positive().default(24_576),
  num_hidden_layers: z.number().int().positive().default(44),
  num_attention_heads: z.number().int().positive().default(64),
  hidden_act: z.enum(activationNames).default("gelu"),
  layer_norm_eps: z.number().positive().default(1e-5),
  attention_bias: z.boolean().default(true),
  use_parallel_residual: z.boolean().default(true),
  tie_word_embeddings: z.boolean().default(false),
}).refine(({ hidden_size, num_attention_heads }) => hidden_size % num_attention_heads === 0, {
  path: ["num_attention_heads"],
  message: "the heads do not divide hidden_size",
});

/** A GPT-NeoX's config.json, as far as the graph depends on it. */
type GptNeoXConfig = z.infer<typeof configuration>;

/** GPT-NeoX, as its config.json has it. */
export const gptNeoX: CausalFamily = {
  type: "gpt_neox",
  classifier: "GPTNeoXForSequenceClassification",
  languageModel: "GPTNeoXForCausalLM",
  read(json) {
    const config = configuration.parse(json);
    return {
      trunk: trunkOf(config),
      config,
      vocabulary: { tied: config.tie_word_embeddings, called: "embed_out" },
    };
  },
};

/** From tokens to hidden states, under the names that GPT-NeoX's checkpoints give it. */
function trunkOf(config: GptNeoXConfig): Trunk {
  const { hidden_size: hidden, num_attention_heads: heads } = config;
  const spec = equalHeads(hidden, heads);
  const rotary = rotaryOf(config, { width: spec.width, part: 0.25, names: neoxRotaryNames });
  return decoder({
    name: "gpt_neox",
    config,
    names: {
      prefix: "gpt_neox",
      embeddings: "embed_in",
      layers: "layers",
      norm: "final_layer_norm",
    },
    derived: [{
      pattern: /^gpt_neox\.layers\.\d+\.attention\.(bias|masked_bias)$/,
      reason: "a constant causal mask",
    }],
    attention: () => spec,
    rotary: () => rotary,
    block: (x, layer) => block(x, layer, config),
    norm: (x, at) => norm(x, at, config),
  });
}

/**
 * `x + attention(norm(x)) + mlp(norm(x))` where the residual is parallel (section 2.1 of the paper), else
 * `y = x + attention(norm(x))` and `y + mlp(norm(y))`, at the frame's rows.
 */
function block(x: Value, layer: DecoderLayer, config: GptNeoXConfig): Value {
  const { at, frame } = layer;
  const attended = attention(norm(x, at.at("input_layernorm"), config), layer, config);
  const rows = frame.select(x);
  const middle = add(rows, attended);
  const read = config.use_parallel_residual ? rows : middle;
  const fed = plainMlp(norm(read, at.at("post_attention_layernorm"), config), at.at("mlp"), {
    up: "dense_h_to_4h",
    down: "dense_4h_to_h",
    hidden: config.hidden_size,
    inner: config.intermediate_size,
    act: config.hidden_act,
  });
  return add(middle, fed);
}

/**
 * Attention with a part of each head rotated; keys and values of every token, queries of the rows. The
 * fused projection holds the query, key and value of the first head, then those of the second, and so on.
 */
function attention(
  x: Value,
  { at: layer, frame, spec, tables }: DecoderLayer,
  { hidden_size: hidden, attention_bias: bias }: GptNeoXConfig,
): Value {
  const at = layer.at("attention");
  const { heads, width } = spec;
  const square = { inputs: hidden, outputs: hidden, bias };
  const part = (input: Value, index: number) => {
    const range = { of: 3 * hidden, start: index * width, every: 3 * width };
    return linear(input, at.at("query_key_value"), { ...square, range });
  };
  const mixed = frame.attend({
    queries: rotate(part(frame.select(x), 0), { tables, at: frame.rowTokens(), heads }),
    keys: rotate(part(x, 1), { tables, at: frame.keyTokens(), heads }),
    values: part(x, 2),
  }, spec); // [rows, hidden]
  return linear(mixed, at.at("dense"), square);
}

function norm(x: Value, at: Parameters, config: GptNeoXConfig): Value {
  return layerNorm(x, at, { width: config.hidden_size, epsilon: config.layer_norm_eps });
}
