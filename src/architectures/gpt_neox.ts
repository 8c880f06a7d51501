/**
 * GPT-NeoX (arXiv 2204.06745), as `GPTNeoXForSequenceClassification` and `GPTNeoXForCausalLM`: rotary
 * positions on a part of each head, one fused projection for queries, keys and values, attention and MLP
 * side by side or in sequence.
 *
 * @module
 */

import { z } from "zod";
import { activation, activationNames } from "../layers/activation.ts";
import type { AttentionSpec } from "../layers/attention.ts";
import { embedding } from "../layers/embedding.ts";
import type { Frame } from "../layers/frames/frame.ts";
import { linear } from "../layers/linear.ts";
import { layerNorm } from "../layers/norm.ts";
import type { Parameters } from "../layers/parameters.ts";
import { type RotaryTables, rotaryTables, rotate } from "../layers/rotary.ts";
import { sharingLimit } from "../layers/rotary_frequencies.ts";
import { add } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { Architecture } from "./architecture.ts";
import { causalClassifier } from "./classifier.ts";
import { classifierFields } from "./configuration.ts";
import { neoxRotaryNames } from "./field_names.ts";
import { type LanguageModel, languageModel } from "./language_model.ts";
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

/** A GPT-NeoX that scores, from its config.json. */
export function gptNeoXForSequenceClassification(json: unknown): Architecture {
  const config = configuration.parse(json);
  return causalClassifier("GPTNeoXForSequenceClassification", trunkOf(config), config);
}

/** A GPT-NeoX that writes. */
export function gptNeoXForCausalLM(json: unknown): LanguageModel {
  const config = configuration.parse(json);
  const head = { tied: config.tie_word_embeddings, called: "embed_out" };
  return languageModel("GPTNeoXForCausalLM", trunkOf(config), head);
}

/** From tokens to hidden states, under the names that GPT-NeoX's checkpoints give it. */
function trunkOf(config: GptNeoXConfig): Trunk {
  const spec = specOf(config);
  const rotary = rotaryOf(config, { width: spec.width, part: 0.25, names: neoxRotaryNames });
  return {
    family: "gpt_neox",
    prefix: "gpt_neox",
    embeddings: "embed_in",
    sharesUpTo: sharingLimit(rotary),
    dimensions: {
      hidden: config.hidden_size,
      layers: config.num_hidden_layers,
      heads: spec.heads,
      vocabulary: config.vocab_size,
      context: rotary.context,
    },
    attention: () => spec,
    derived: [{
      pattern: /^gpt_neox\.layers\.\d+\.attention\.(bias|masked_bias)$/,
      reason: "a constant causal mask",
    }],
    hidden(tokens, at, { frame, embedded }) {
      const { hidden_size: width, vocab_size: count, layer_norm_eps: epsilon } = config;
      const tables = rotaryTables(tokens, rotary); // of tokens, so the same for every block
      let x = embedding(tokens.ids, at.at("embed_in"), { count, width }); // [tokens, hidden]
      embedded?.(x);
      for (let layer = 0; layer < config.num_hidden_layers; layer++) {
        x = block(x, at.at("layers").at(layer), { config, frame: frame(layer), tables });
      }
      return layerNorm(x, at.at("final_layer_norm"), { width, epsilon });
    },
  };
}

/** What a block reads beside its weights. */
interface BlockLayout {
  readonly config: GptNeoXConfig;
  /** The rows that this block computes, and how they attend. */
  readonly frame: Frame;
  readonly tables: RotaryTables;
}

/**
 * `x + attention(norm(x)) + mlp(norm(x))` where the residual is parallel (section 2.1 of the paper), else
 * `y = x + attention(norm(x))` and `y + mlp(norm(y))`, at the frame's rows.
 */
function block(x: Value, at: Parameters, layout: BlockLayout): Value {
  const { config, frame } = layout;
  const norm = (x: Value, name: string) =>
    layerNorm(x, at.at(name), { width: config.hidden_size, epsilon: config.layer_norm_eps });
  const attended = attention(norm(x, "input_layernorm"), at.at("attention"), layout);
  const rows = frame.select(x);
  const middle = add(rows, attended);
  const read = config.use_parallel_residual ? rows : middle;
  return add(middle, mlp(norm(read, "post_attention_layernorm"), at.at("mlp"), config));
}

/**
 * Attention with a part of each head rotated; keys and values of every token, queries of the rows. The
 * fused projection holds the query, key and value of the first head, then those of the second, and so on.
 */
function attention(x: Value, at: Parameters, { config, frame, tables }: BlockLayout): Value {
  const spec = specOf(config);
  const { hidden_size: hidden, attention_bias: bias } = config;
  const part = (input: Value, index: number) =>
    linear(input, at.at("query_key_value"), {
      inputs: hidden,
      outputs: hidden,
      bias,
      range: { of: 3 * hidden, start: index * spec.width, every: 3 * spec.width },
    });
  const { heads } = spec;
  const mixed = frame.attend({
    queries: rotate(part(frame.select(x), 0), { tables, at: frame.rowTokens(), heads }),
    keys: rotate(part(x, 1), { tables, at: frame.keyTokens(), heads }),
    values: part(x, 2),
  }, spec); // [rows, hidden]
  return linear(mixed, at.at("dense"), { inputs: hidden, outputs: hidden, bias });
}

/** `down(act(up(x)))`; its biases are always there. */
function mlp(x: Value, at: Parameters, config: GptNeoXConfig): Value {
  const [inputs, outputs] = [config.hidden_size, config.intermediate_size];
  const wide = linear(x, at.at("dense_h_to_4h"), { inputs, outputs, bias: true });
  const active = activation(config.hidden_act, wide); // [rows, inner]
  return linear(active, at.at("dense_4h_to_h"), { inputs: outputs, outputs: inputs, bias: true });
}

/** As many key and value heads as there are heads. */
function specOf({ num_attention_heads: heads, hidden_size: hidden }: GptNeoXConfig): AttentionSpec {
  const width = hidden / heads;
  return { heads, kvHeads: heads, width, scale: 1 / Math.sqrt(width) };
}
