/**
 * GPT-J, as `GPTJForSequenceClassification` and `GPTJForCausalLM`: rotary positions on neighbouring columns
 * of a part of each head, attention and MLP side by side behind one norm.
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
import { add } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { Architecture } from "./architecture.ts";
import { causalClassifier } from "./classifier.ts";
import { classifierFields } from "./configuration.ts";
import { type LanguageModel, languageModel } from "./language_model.ts";
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

type GptJConfig = z.infer<typeof configuration>;

/** A GPT-J that scores. */
export function gptJForSequenceClassification(json: unknown): Architecture {
  const config = configuration.parse(json);
  return causalClassifier("GPTJForSequenceClassification", trunkOf(config), config);
}

/** A GPT-J that writes. Its head has a bias. */
export function gptJForCausalLM(json: unknown): LanguageModel {
  const config = configuration.parse(json);
  const head = { tied: config.tie_word_embeddings, bias: true };
  return languageModel("GPTJForCausalLM", trunkOf(config), head);
}

/** From tokens to hidden states, under the names that GPT-J's checkpoints give it. */
function trunkOf(config: GptJConfig): Trunk {
  const spec = specOf(config);
  const { n_positions, rotary_dim, n_embd: width, vocab_size: count } = config;
  const rotary = rotaryOf(
    { max_position_embeddings: n_positions, rotary_dim },
    { width: spec.width, part: 1, interleaved: true },
  );
  return {
    family: "gptj",
    prefix: "transformer",
    embeddings: "wte",
    sharesUpTo: Infinity,
    dimensions: {
      hidden: width,
      layers: config.n_layer,
      heads: spec.heads,
      vocabulary: count,
      context: rotary.context,
    },
    attention: () => spec,
    derived: [{
      pattern: /^transformer\.h\.\d+\.attn\.(bias|masked_bias)$/,
      reason: "a constant causal mask",
    }],
    hidden(tokens, at, { frame, embedded }) {
      const tables = rotaryTables(tokens, rotary); // of tokens, so the same for every block
      let x = embedding(tokens.ids, at.at("wte"), { count, width }); // [tokens, hidden]
      embedded?.(x);
      for (let layer = 0; layer < config.n_layer; layer++) {
        x = block(x, at.at("h").at(layer), { config, frame: frame(layer), tables });
      }
      return layerNorm(x, at.at("ln_f"), { width, epsilon: config.layer_norm_epsilon });
    },
  };
}

/** What a block reads beside its weights. */
interface BlockLayout {
  readonly config: GptJConfig;
  /** The rows that this block computes, and how they attend. */
  readonly frame: Frame;
  readonly tables: RotaryTables;
}

/** `x + attention(norm(x)) + mlp(norm(x))`, with one norm for both, at the frame's rows. */
function block(x: Value, at: Parameters, layout: BlockLayout): Value {
  const { config: { n_embd: width, layer_norm_epsilon: epsilon }, frame } = layout;
  const normed = layerNorm(x, at.at("ln_1"), { width, epsilon });
  const attended = attention(normed, at.at("attn"), layout);
  const fed = mlp(frame.select(normed), at.at("mlp"), layout.config);
  return add(add(attended, fed), frame.select(x));
}

/** Attention with a part of each head rotated; keys and values of every token, queries of the rows. */
function attention(x: Value, at: Parameters, { config, frame, tables }: BlockLayout): Value {
  const spec = specOf(config);
  const { heads } = spec;
  const square = { inputs: config.n_embd, outputs: config.n_embd, bias: false };
  const queries = linear(frame.select(x), at.at("q_proj"), square);
  const keys = linear(x, at.at("k_proj"), square);
  const mixed = frame.attend({
    queries: rotate(queries, { tables, at: frame.rowTokens(), heads }),
    keys: rotate(keys, { tables, at: frame.keyTokens(), heads }),
    values: linear(x, at.at("v_proj"), square),
  }, spec); // [rows, hidden]
  return linear(mixed, at.at("out_proj"), square);
}

/** `out(act(in(x)))`, with biases. */
function mlp(x: Value, at: Parameters, config: GptJConfig): Value {
  const inner = config.n_inner ?? 4 * config.n_embd;
  const wide = linear(x, at.at("fc_in"), { inputs: config.n_embd, outputs: inner, bias: true });
  const active = activation(config.activation_function, wide); // [rows, inner]
  return linear(active, at.at("fc_out"), { inputs: inner, outputs: config.n_embd, bias: true });
}

/** As many key and value heads as there are heads. */
function specOf({ n_head: heads, n_embd: hidden }: GptJConfig): AttentionSpec {
  const width = hidden / heads;
  return { heads, kvHeads: heads, width, scale: 1 / Math.sqrt(width) };
}
