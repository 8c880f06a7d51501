/**
 * Llama (arXiv 2302.13971), as `LlamaForSequenceClassification` and `LlamaForCausalLM`: grouped
 * queries, rotary positions, gated MLP, RMSNorm before each part.
 *
 * @module
 */

import { z } from "zod";
import { activation, activationNames } from "../layers/activation.ts";
import { embedding } from "../layers/embedding.ts";
import type { AttentionSpec } from "../layers/attention.ts";
import type { Frame } from "../layers/frames/frame.ts";
import { linear } from "../layers/linear.ts";
import { rmsNorm } from "../layers/norm.ts";
import type { Parameters } from "../layers/parameters.ts";
import { type RotaryTables, rotaryTables, rotate } from "../layers/rotary.ts";
import { type Rotary, sharingLimit } from "../layers/rotary_frequencies.ts";
import { add, mul } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { Architecture } from "./architecture.ts";
import { causalClassifier } from "./classifier.ts";
import { classifierFields, labelNames } from "./configuration.ts";
import { type LanguageModel, languageModel } from "./language_model.ts";
import { rotaryOf } from "./rotary_configuration.ts";
import { rotaryFields } from "./rotary_settings.ts";
import type { Layout, TokenInputs, Trunk } from "./trunk.ts";

const configuration = z.object({
  ...classifierFields,
  ...rotaryFields,
  vocab_size: z.number().int().positive(),
  hidden_size: z.number().int().positive(),
  intermediate_size: z.number().int().positive(),
  num_hidden_layers: z.number().int().positive(),
  num_attention_heads: z.number().int().positive(),
  num_key_value_heads: z.number().int().positive().nullish(),
  head_dim: z.number().int().positive().nullish(),
  hidden_act: z.enum(activationNames).default("silu"),
  rms_norm_eps: z.number().positive().default(1e-6),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(false),
  // Widths that cannot be cut into heads would surface as a misshaped tensor, far from their cause.
}).superRefine((config, context) => {
  const { heads, kvHeads, width } = headsOf(config);
  const refuse = (field: string, message: string) =>
    context.addIssue({ code: "custom", path: [field], message });
  if (width % 2 !== 0) refuse("head_dim", `a head must have an even width: received ${width}`);
  if (heads % kvHeads !== 0) {
    refuse("num_key_value_heads", `${kvHeads} key and value heads do not divide ${heads} heads`);
  }
});

/** A Llama's config.json, as far as the graph depends on it. */
export type LlamaConfig = z.infer<typeof configuration>;

/** A Llama that scores: reads config.json and gives the page its dimensions. */
export function llamaForSequenceClassification(json: unknown): Architecture {
  const config = configuration.parse(json);
  return causalClassifier("LlamaForSequenceClassification", trunkOf(config), labelNames(config));
}

/** A Llama that writes. */
export function llamaForCausalLM(json: unknown): LanguageModel {
  const config = configuration.parse(json);
  return languageModel("LlamaForCausalLM", trunkOf(config), { tied: config.tie_word_embeddings });
}

/** What both have in common, under the names that Llama's checkpoints give it. */
function trunkOf(config: LlamaConfig): Trunk {
  const spec = headsOf(config);
  const rotary = rotaryOf(config, { width: spec.width });
  return {
    family: "llama",
    prefix: "model",
    embeddings: "embed_tokens",
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
      pattern: /^model\.layers\.\d+\.self_attn\.rotary_emb\.inv_freq$/,
      reason: "derived frequencies",
    }],
    hidden: (tokens, at, layout) => llama(tokens, at, { config, rotary, ...layout }),
  };
}

/** A stack of blocks with its configuration. */
interface Stack extends Layout {
  readonly config: LlamaConfig;
  readonly rotary: Rotary;
}

/** Embeddings, blocks and the final norm: `[rows, hidden]`. */
function llama(tokens: TokenInputs, at: Parameters, stack: Stack): Value {
  const { config } = stack;
  const { hidden_size: width, vocab_size: count, num_hidden_layers: layers } = config;
  // Angles belong to tokens, so every block and both of queries and keys look them up in one table.
  const tables = rotaryTables(tokens, stack.rotary);
  let x = embedding(tokens.ids, at.at("embed_tokens"), { count, width }); // [tokens, hidden]
  stack.embedded?.(x);
  for (let layer = 0; layer < layers; layer++) {
    x = block(x, at.at("layers").at(layer), {
      config,
      frame: stack.frame(layer),
      tables,
    });
  }
  return rmsNorm(x, at.at("norm"), { width, epsilon: config.rms_norm_eps });
}

/** The same for one block. */
interface BlockLayout {
  readonly config: LlamaConfig;
  /** The rows that this block computes, and how they attend. */
  readonly frame: Frame;
  readonly tables: RotaryTables;
}

/** `x + attention(norm(x))`, then `x + mlp(norm(x))`, at the frame's rows. */
function block(x: Value, at: Parameters, layout: BlockLayout): Value {
  const { config } = layout;
  const norm = { width: config.hidden_size, epsilon: config.rms_norm_eps };
  const attended = attention(
    rmsNorm(x, at.at("input_layernorm"), norm),
    at.at("self_attn"),
    layout,
  );
  const middle = add(layout.frame.select(x), attended);
  return add(
    middle,
    mlp(rmsNorm(middle, at.at("post_attention_layernorm"), norm), at.at("mlp"), config),
  );
}

/** Attention with rotated queries and keys; keys and values of every token, queries of the rows. */
function attention(
  x: Value,
  at: Parameters,
  { config, frame, tables }: BlockLayout,
): Value {
  const heads = headsOf(config);
  const shape = { inputs: config.hidden_size, bias: config.attention_bias };
  const [all, shared] = [heads.heads * heads.width, heads.kvHeads * heads.width];
  const queries = linear(frame.select(x), at.at("q_proj"), { ...shape, outputs: all });
  const keys = linear(x, at.at("k_proj"), { ...shape, outputs: shared });
  const values = linear(x, at.at("v_proj"), { ...shape, outputs: shared });
  const projections = {
    queries: rotate(queries, { tables, at: frame.rowTokens(), heads: heads.heads }),
    keys: rotate(keys, { tables, at: frame.keyTokens(), heads: heads.kvHeads }),
    values,
  };
  const mixed = frame.attend(projections, heads); // [rows, heads * width]
  return linear(mixed, at.at("o_proj"), {
    inputs: all,
    outputs: config.hidden_size,
    bias: config.attention_bias,
  });
}

/** `down(act(gate(x)) * up(x))` (arXiv 2002.05202, equation 6). */
function mlp(x: Value, at: Parameters, config: LlamaConfig): Value {
  const [hidden, inner] = [config.hidden_size, config.intermediate_size];
  const wide = { inputs: hidden, outputs: inner, bias: config.mlp_bias };
  const gate = activation(config.hidden_act, linear(x, at.at("gate_proj"), wide));
  const gated = mul(gate, linear(x, at.at("up_proj"), wide)); // [rows, inner]
  return linear(gated, at.at("down_proj"), {
    inputs: inner,
    outputs: hidden,
    bias: config.mlp_bias,
  });
}

/** Queries are scaled by the root of a head's width (arXiv 1706.03762, equation 1). */
function headsOf(
  config: Pick<
    LlamaConfig,
    "head_dim" | "hidden_size" | "num_attention_heads" | "num_key_value_heads"
  >,
): AttentionSpec {
  const heads = config.num_attention_heads;
  const width = config.head_dim ?? config.hidden_size / heads;
  return {
    heads,
    kvHeads: config.num_key_value_heads ?? heads,
    width,
    scale: 1 / Math.sqrt(width),
  };
}
