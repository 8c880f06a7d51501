/**
 * OPT (arXiv 2205.01068), as `OPTForSequenceClassification` and `OPTForCausalLM`: learned positions that
 * begin at 2, norms before or behind each part, embeddings that may be narrower than the layers.
 *
 * @module
 */

import { z } from "zod";
import { activationNames } from "../layers/activation.ts";
import { embedding } from "../layers/embedding.ts";
import type { Frame } from "../layers/frames/frame.ts";
import { linear } from "../layers/linear.ts";
import { layerNorm } from "../layers/norm.ts";
import type { Parameters } from "../layers/parameters.ts";
import { add } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { CausalFamily } from "./causal_family.ts";
import { classifierFields } from "./configuration.ts";
import { equalHeads } from "./decoder_configuration.ts";
import { plainMlp } from "./plain_mlp.ts";
import type { Layout, TokenInputs, Trunk } from "./trunk.ts";

const size = z.number().int().positive();

const configuration = z.object({
  ...classifierFields,
  vocab_size: size.default(50_272),
  hidden_size: size.default(768),
  ffn_dim: size.default(3072),
  num_hidden_layers: size.default(12),
  num_attention_heads: size.default(12),
  max_position_embeddings: size.default(2048),
  word_embed_proj_dim: size.nullish(),
  activation_function: z.enum(activationNames).default("relu"),
  do_layer_norm_before: z.boolean().default(true),
  _remove_final_layer_norm: z.boolean().default(false),
  enable_bias: z.boolean().default(true),
  layer_norm_elementwise_affine: z.boolean().default(true),
  pad_token_id: z.number().int().nullable().default(1),
  tie_word_embeddings: z.boolean().default(true),
}).refine(({ hidden_size, num_attention_heads }) => hidden_size % num_attention_heads === 0, {
  path: ["num_attention_heads"],
  message: "the heads do not divide hidden_size",
});

type OptConfig = z.infer<typeof configuration>;

/** OPT, as its config.json has it. */
export const opt: CausalFamily = {
  type: "opt",
  classifier: "OPTForSequenceClassification",
  languageModel: "OPTForCausalLM",
  read(json) {
    const config = configuration.parse(json);
    return { trunk: trunkOf(config), config, vocabulary: { tied: config.tie_word_embeddings } };
  },
};

/** From tokens to hidden states, under the names that OPT's checkpoints give it. */
function trunkOf(config: OptConfig): Trunk {
  const spec = equalHeads(config.hidden_size, config.num_attention_heads);
  return {
    family: "opt",
    prefix: "model",
    embeddings: "decoder.embed_tokens",
    sharesUpTo: Infinity,
    dimensions: {
      hidden: outerWidth(config), // as words come and states go
      layers: config.num_hidden_layers,
      heads: spec.heads,
      vocabulary: config.vocab_size,
      context: config.max_position_embeddings,
    },
    attention: () => spec,
    derived: [],
    hidden: (tokens, at, layout) => hiddenStates(tokens, at.at("decoder"), { config, ...layout }),
  };
}

/** The width of words, and of states behind the last layer. */
function outerWidth({ word_embed_proj_dim, hidden_size }: OptConfig): number {
  return word_embed_proj_dim ?? hidden_size;
}

/** A stack of blocks with its configuration. */
interface Stack extends Layout {
  readonly config: OptConfig;
}

/** Embeddings, blocks, and the final norm where there is one: `[rows, outer width]`. */
function hiddenStates(
  tokens: TokenInputs,
  at: Parameters,
  { config, frame, embedded }: Stack,
): Value {
  const { hidden_size: inner, do_layer_norm_before: before } = config;
  const outer = outerWidth(config);
  const stored = embedding(tokens.ids, at.at("embed_tokens"), {
    count: config.vocab_size,
    width: outer,
  }); // [tokens, outer]
  const words = embedded?.(stored) ?? stored;
  const project = (x: Value, name: string, inputs: number, outputs: number) =>
    outer === inner ? x : linear(x, at.at(name), { inputs, outputs, bias: false });
  let x = add(project(words, "project_in", outer, inner), positions(tokens, at, config));
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    x = block(x, at.at("layers").at(layer), { config, frame: frame(layer) });
  }
  if (before && !config._remove_final_layer_norm) x = norm(x, at.at("final_layer_norm"), config);
  return project(x, "project_out", inner, outer);
}

/** Position `p` is row `p + 2` of a table that has two rows more than there are positions. */
function positions(tokens: TokenInputs, at: Parameters, config: OptConfig): Value {
  const table = { count: config.max_position_embeddings + 2, width: config.hidden_size };
  return embedding(add(tokens.positions, 2), at.at("embed_positions"), table);
}

/** What a block reads beside its weights. */
interface BlockLayout {
  readonly config: OptConfig;
  /** The rows that this block computes, and how they attend. */
  readonly frame: Frame;
}

/** `x + part(norm(x))` for attention and then the MLP; or `norm(x + part(x))`, as opt-350m has it. */
function block(x: Value, at: Parameters, { config, frame }: BlockLayout): Value {
  const { do_layer_norm_before: before } = config;
  const normed = (x: Value, name: string, here: boolean) => here ? norm(x, at.at(name), config) : x;
  const first = "self_attn_layer_norm";
  const attended = attention(normed(x, first, before), at.at("self_attn"), { config, frame });
  const middle = normed(add(frame.select(x), attended), first, !before);
  const second = "final_layer_norm"; // of the block
  const fed = plainMlp(normed(middle, second, before), at, {
    up: "fc1",
    down: "fc2",
    hidden: config.hidden_size,
    inner: config.ffn_dim,
    act: config.activation_function,
    bias: config.enable_bias,
  });
  return normed(add(middle, fed), second, !before);
}

/** Attention: keys and values of every token, queries of the rows. */
function attention(x: Value, at: Parameters, { config, frame }: BlockLayout): Value {
  const { hidden_size: hidden, enable_bias: bias } = config;
  const square = { inputs: hidden, outputs: hidden, bias };
  const mixed = frame.attend({
    queries: linear(frame.select(x), at.at("q_proj"), square),
    keys: linear(x, at.at("k_proj"), square),
    values: linear(x, at.at("v_proj"), square),
  }, equalHeads(hidden, config.num_attention_heads)); // [rows, hidden]
  return linear(mixed, at.at("out_proj"), square);
}

function norm(x: Value, at: Parameters, config: OptConfig): Value {
  const { hidden_size: width, layer_norm_elementwise_affine: weight } = config;
  return layerNorm(x, at, { width, epsilon: 1e-5, weight });
}
