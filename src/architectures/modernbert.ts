/**
 * ModernBERT (arXiv 2412.13663), as `ModernBertForSequenceClassification`: an encoder with rotary positions
 * in which most layers see a window around each token, by other angles than those that see everything; norms
 * ahead of each part, gated MLPs, and a head on the first token or on the mean of all.
 *
 * @module
 */

import { z } from "zod";
import { activation, activationNames } from "../layers/activation.ts";
import type { AttentionSpec } from "../layers/attention.ts";
import { embedding } from "../layers/embedding.ts";
import { linear, type LinearShape } from "../layers/linear.ts";
import { layerNorm } from "../layers/norm.ts";
import type { Parameters } from "../layers/parameters.ts";
import { rotaryTables, rotate } from "../layers/rotary.ts";
import { add, mul } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { Architecture } from "./architecture.ts";
import { classifierFields, labelNames } from "./configuration.ts";
import type { DecoderLayer } from "./decoder_block.ts";
import { encoderClassifier } from "./encoder_classifier.ts";
import { rotaryOf } from "./rotary_configuration.ts";
import { type LayerType, rotaryFields } from "./rotary_settings.ts";
import type { Layout, TokenInputs, Trunk } from "./trunk.ts";

const size = z.number().int().positive();
const flag = z.boolean().default(false);
const act = z.enum(activationNames).default("gelu");
const { rope_parameters, global_rope_theta, local_rope_theta } = rotaryFields;

const configuration = z.object({
  ...classifierFields,
  // Other fields of rotary embeddings are not read by this family, and this one in part only.
  ...{ rope_parameters, global_rope_theta, local_rope_theta },
  rope_scaling: z.null("angles are stretched by rope_parameters alone").optional(),
  vocab_size: size.default(50_368),
  hidden_size: size.default(768),
  intermediate_size: size.default(1152),
  num_hidden_layers: size.default(22),
  num_attention_heads: size.default(12),
  max_position_embeddings: size.default(8192),
  hidden_activation: act,
  norm_eps: z.number().positive().default(1e-5),
  norm_bias: flag,
  attention_bias: flag,
  mlp_bias: flag,
  layer_types: z.array(z.enum(["full_attention", "sliding_attention"])).nullish(),
  global_attn_every_n_layers: size.default(3), // before transformers 5
  local_attention: size.default(128),
  sliding_window: size.nullish(), // half of it, which counts where a file has both
  classifier_pooling: z.enum(["cls", "mean"]).default("cls"),
  classifier_bias: flag,
  classifier_activation: act,
}).superRefine((config, context) => {
  const { layer_types: types, num_hidden_layers: layers, num_attention_heads: heads } = config;
  const refuse = (field: string, message: string) =>
    context.addIssue({ code: "custom", path: [field], message });
  if (config.hidden_size % heads !== 0) {
    refuse("num_attention_heads", "the heads do not divide hidden_size");
  }
  if (types && types.length !== layers) {
    refuse("layer_types", `${layers} layers need as many types: received ${types.length}`);
  }
});

/** A ModernBERT's config.json, as far as the graph depends on it. */
type Config = z.infer<typeof configuration>;

/** A ModernBERT that scores. */
export function modernBertForSequenceClassification(json: unknown): Architecture {
  const config = configuration.parse(json);
  return encoderClassifier("ModernBertForSequenceClassification", trunkOf(config), {
    labels: labelNames(config),
    pooling: config.classifier_pooling === "mean" ? "mean" : "first",
    dense: "head.dense",
    bias: config.classifier_bias,
    act: config.classifier_activation,
    norm: (x, at) => norm(x, at.at("head.norm"), config),
    out: "classifier",
  });
}

/** From tokens to the states behind the last norm. */
function trunkOf(config: Config): Trunk {
  const rotary = {
    full_attention: rotaryFor(config, "full_attention"),
    sliding_attention: rotaryFor(config, "sliding_attention"),
  };
  return {
    family: "modernbert",
    prefix: "model",
    embeddings: "embeddings.tok_embeddings",
    sharesUpTo: 0, // what comes later changes the states before it
    dimensions: {
      hidden: config.hidden_size,
      layers: config.num_hidden_layers,
      heads: config.num_attention_heads,
      vocabulary: config.vocab_size,
      context: Math.min(...Object.values(rotary).map(({ context }) => context)),
    },
    attention: (index) => attentionOf(config, index),
    derived: [],
    hidden: (tokens, at, layout) => hiddenStates(tokens, at, { config, rotary, ...layout }),
  };
}

/** The angles of one kind of layers; their base is another by default (section 2.1.2). */
function rotaryFor(config: Config, layers: LayerType) {
  const base = layers === "full_attention" ? 160_000 : 10_000;
  return rotaryOf(config, { width: widthOf(config), base, layers });
}

/** Columns of a head. */
function widthOf(config: Config): number {
  return config.hidden_size / config.num_attention_heads;
}

/** The kind of a layer: every third sees everything, the first among them, unless the file says otherwise. */
function typeOf(config: Config, index: number): LayerType {
  const { layer_types: types, global_attn_every_n_layers: every } = config;
  return types?.[index] ?? (index % every === 0 ? "full_attention" : "sliding_attention");
}

/** A window holds half of `local_attention` on each side. */
function attentionOf(config: Config, index: number): AttentionSpec {
  const { num_attention_heads: heads } = config;
  const width = widthOf(config);
  const spec = { heads, kvHeads: heads, width, scale: 1 / Math.sqrt(width) };
  if (typeOf(config, index) === "full_attention") return spec;
  const side = config.sliding_window ?? Math.floor(config.local_attention / 2);
  return { ...spec, window: { left: side, right: side } };
}

/** What the walk over the layers needs beside its inputs. */
interface Stack extends Layout {
  readonly config: Config;
  readonly rotary: Readonly<Record<LayerType, ReturnType<typeof rotaryOf>>>;
}

/** Embeddings, blocks and the last norm: `[rows, hidden]`. */
function hiddenStates(tokens: TokenInputs, at: Parameters, stack: Stack): Value {
  const { config, rotary } = stack;
  const { vocab_size: count, hidden_size: width, num_hidden_layers: layers } = config;
  const types = Array.from({ length: layers }, (_, index) => typeOf(config, index));
  const tables = new Map([...new Set(types)].map((type) => {
    return [type, rotaryTables(tokens, rotary[type])] as const;
  }));
  const stored = embedding(tokens.ids, at.at("embeddings.tok_embeddings"), { count, width });
  const words = stack.embedded?.(stored) ?? stored;
  let x = norm(words, at.at("embeddings.norm"), config); // [tokens, hidden]
  for (const [index, type] of types.entries()) {
    const layer = {
      at: at.at("layers").at(index),
      frame: stack.frame(index),
      spec: attentionOf(config, index),
      tables: tables.get(type)!,
    };
    x = block(x, layer, { config, normed: index === 0 });
  }
  return norm(x, at.at("final_norm"), config);
}

/** `x + attention(norm(x))`, then `x + mlp(norm(x))`; the first layer's input is normed already. */
function block(
  x: Value,
  layer: DecoderLayer,
  { config, normed }: { config: Config; normed: boolean },
): Value {
  const { at, frame } = layer;
  const input = normed ? x : norm(x, at.at("attn_norm"), config);
  const middle = add(frame.select(x), attention(input, layer, config));
  return add(middle, gatedMlp(norm(middle, at.at("mlp_norm"), config), at.at("mlp"), config));
}

/** Attention with rotated queries and keys; `Wqkv` holds queries, keys and values one after the other. */
function attention(x: Value, { at, frame, spec, tables }: DecoderLayer, config: Config): Value {
  const { hidden_size: hidden, attention_bias: bias } = config;
  const shape = { inputs: hidden, outputs: hidden, bias };
  const third = (x: Value, n: number) => {
    const range = { of: 3 * hidden, start: n * hidden };
    return linear(x, at.at("attn.Wqkv"), { ...shape, range });
  };
  const turned = (x: Value, rows: Value) => rotate(x, { tables, at: rows, heads: spec.heads });
  const mixed = frame.attend({
    queries: turned(third(frame.select(x), 0), frame.rowTokens()),
    keys: turned(third(x, 1), frame.keyTokens()),
    values: third(x, 2),
  }, spec); // [rows, hidden]
  return linear(mixed, at.at("attn.Wo"), shape);
}

/** `Wo(act(a) * b)` of the halves `a` and `b` of `Wi(x)` (arXiv 2002.05202, equation 6). */
function gatedMlp(x: Value, at: Parameters, config: Config): Value {
  const { hidden_size: hidden, intermediate_size: inner, mlp_bias: bias } = config;
  const half = (start: number): LinearShape => {
    return { inputs: hidden, outputs: inner, bias, range: { of: 2 * inner, start } };
  };
  const open = activation(config.hidden_activation, linear(x, at.at("Wi"), half(0)));
  const gated = mul(open, linear(x, at.at("Wi"), half(inner))); // [rows, inner]
  return linear(gated, at.at("Wo"), { inputs: inner, outputs: hidden, bias });
}

/** A LayerNorm, as a rule without a bias. */
function norm(x: Value, at: Parameters, config: Config): Value {
  const { hidden_size: width, norm_eps: epsilon, norm_bias: bias } = config;
  return layerNorm(x, at, { width, epsilon, bias });
}
