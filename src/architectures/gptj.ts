/**
 * GPT-J, as `GPTJForSequenceClassification` and `GPTJForCausalLM`: rotary positions on neighbouring columns
 * of a part of each head, attention and MLP side by side behind one norm.
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
import { plainMlp } from "./plain_mlp.ts";
import { rotaryOf } from "./rotary_configuration.ts";
import type { Trunk } from "./trunk.ts";

const size = z.number().int().positive();

const configuration = z.object({
  ...classifierFields,
  vocab_size: size.default(50_400),
  n_embd: size.default(4096),
  n_layer: size.default(28),
  n_head: size.default(16),
  n_positions: size.default(2048),
  n_inner: size.nullish(),
  rotary_dim: size.multipleOf(2).default(64),
  activation_function: z.enum(activationNames).default("gelu_new"),
  layer_norm_epsilon: z.number().positive().default(1e-5),
  tie_word_embeddings: z.boolean().default(false),
}).refine(({ n_embd, n_head }) => n_embd % n_head === 0, {
  path: ["n_head"],
  message: "the heads do not divide n_embd",
});

/** A GPT-J's config.json, as far as the graph depends on it. */
type GptJConfig = z.infer<typeof configuration>;

/** GPT-J, as its config.json has it. */
export const gptJ: CausalFamily = {
  type: "gptj",
  classifier: "GPTJForSequenceClassification",
  languageModel: "GPTJForCausalLM",
  read(json) {
    const config = configuration.parse(json);
    return {
      trunk: trunkOf(config),
      config,
      // This family alone has a bias there, whether its head is the table of embeddings or not.
      vocabulary: { tied: config.tie_word_embeddings, bias: true },
    };
  },
};

/** From tokens to hidden states, under the names that GPT-J's checkpoints give it. */
function trunkOf(config: GptJConfig): Trunk {
  const { n_embd: width, n_layer, n_head: heads, n_positions, rotary_dim, vocab_size } = config;
  const sizes = {
    vocab_size,
    hidden_size: width,
    num_hidden_layers: n_layer,
    num_attention_heads: heads,
    max_position_embeddings: n_positions,
    rotary_dim,
  };
  const spec = equalHeads(width, heads);
  const rotary = rotaryOf(sizes, { width: spec.width, part: 1, interleaved: true });
  return decoder({
    name: "gptj",
    config: sizes,
    names: { prefix: "transformer", embeddings: "wte", layers: "h", norm: "ln_f" },
    derived: [{
      pattern: /^transformer\.h\.\d+\.attn\.(bias|masked_bias)$/,
      reason: "a constant causal mask",
    }],
    attention: () => spec,
    rotary: () => rotary,
    block: (x, layer) => block(x, layer, config),
    norm: (x, at) => norm(x, at, config),
  });
}

/** `x + attention(norm(x)) + mlp(norm(x))`, with one norm for both, at the frame's rows. */
function block(x: Value, layer: DecoderLayer, config: GptJConfig): Value {
  const { at, frame } = layer;
  const normed = norm(x, at.at("ln_1"), config);
  const fed = plainMlp(frame.select(normed), at.at("mlp"), {
    up: "fc_in",
    down: "fc_out",
    hidden: config.n_embd,
    inner: config.n_inner ?? 4 * config.n_embd,
    act: config.activation_function,
  });
  return add(add(attention(normed, layer), fed), frame.select(x));
}

/** Attention with a part of each head rotated; keys and values of every token, queries of the rows. */
function attention(x: Value, { at: layer, frame, spec, tables }: DecoderLayer): Value {
  const at = layer.at("attn");
  const { heads, width } = spec;
  const square = { inputs: heads * width, outputs: heads * width, bias: false };
  const queries = linear(frame.select(x), at.at("q_proj"), square);
  const keys = linear(x, at.at("k_proj"), square);
  const mixed = frame.attend({
    queries: rotate(queries, { tables, at: frame.rowTokens(), heads }),
    keys: rotate(keys, { tables, at: frame.keyTokens(), heads }),
    values: linear(x, at.at("v_proj"), square),
  }, spec); // [rows, hidden]
  return linear(mixed, at.at("out_proj"), square);
}

function norm(x: Value, at: Parameters, config: GptJConfig): Value {
  return layerNorm(x, at, { width: config.n_embd, epsilon: config.layer_norm_epsilon });
}
