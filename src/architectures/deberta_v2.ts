/**
 * DeBERTa v2 and v3 (arXiv 2006.03654, 2111.09543), as `DebertaV2ForSequenceClassification`: an encoder
 * whose attention adds what is owed to the distance of two tokens.
 *
 * @module
 */

import { z } from "zod";
import { activation, activationNames } from "../layers/activation.ts";
import type { AttentionSpec, PairBias } from "../layers/attention.ts";
import { convolution } from "../layers/convolution.ts";
import { disentangledBias, type Distances, spanOf } from "../layers/disentangled_bias.ts";
import { embedding } from "../layers/embedding.ts";
import type { Frame } from "../layers/frames/frame.ts";
import { linear } from "../layers/linear.ts";
import type { Parameters } from "../layers/parameters.ts";
import { add, reshape, transpose } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { Architecture } from "./architecture.ts";
import { classifierFields, labelNames } from "./configuration.ts";
import { encoderBlock, encoderNorm } from "./encoder_block.ts";
import { encoderClassifier } from "./encoder_classifier.ts";
import type { Layout, TokenInputs, Trunk } from "./trunk.ts";

const size = z.number().int().positive();
/** A list, or as files have it, `c2p|p2c`. */
const terms = z.preprocess(
  (value) => typeof value === "string" ? value.split("|").map((term) => term.trim()) : value,
  z.array(z.enum(["c2p", "p2c"])),
);

/** Some of these fields stand in files only: transformers reads them without a default of its own. */
const configuration = z.object({
  ...classifierFields,
  vocab_size: size.default(128_100),
  hidden_size: size.default(1536),
  embedding_size: size.optional(),
  num_hidden_layers: size.default(24),
  num_attention_heads: size.default(24),
  attention_head_size: size.optional(),
  intermediate_size: size.default(6144),
  max_position_embeddings: size.default(512),
  type_vocab_size: z.number().int().min(0).default(0),
  hidden_act: z.enum(activationNames).default("gelu"),
  layer_norm_eps: z.number().positive().default(1e-7),
  relative_attention: z.boolean().default(false),
  pos_att_type: terms.nullish(),
  position_buckets: z.number().int().default(-1),
  max_relative_positions: z.number().int().default(-1),
  share_att_key: z.boolean().default(false),
  norm_rel_ebd: z.string().default("none"),
  position_biased_input: z.boolean().default(true),
  pooler_hidden_act: z.enum(activationNames).default("gelu"),
  conv_kernel_size: z.number().int().min(0)
    .refine((kernel) => kernel === 0 || kernel % 2 === 1, "a kernel must have a middle").default(0),
  conv_act: z.enum(activationNames).default("tanh"),
  conv_groups: z.literal(1, "convolutions in groups are not supported").default(1),
}).refine(
  ({ hidden_size, num_attention_heads }) => hidden_size % num_attention_heads === 0,
  { path: ["num_attention_heads"], message: "the heads do not divide hidden_size" },
);

type Config = z.infer<typeof configuration>;

/** A DeBERTa that scores. Its pooler stands beside the trunk, not within it as in BERT. */
export function debertaV2ForSequenceClassification(json: unknown): Architecture {
  const config = configuration.parse(json);
  const labels = labelNames(config);
  const [inputs, outputs] = [config.hidden_size, labels.length];
  return encoderClassifier("DebertaV2ForSequenceClassification", trunkOf(config), {
    labels,
    head(states, at) {
      const dense = linear(states, at.at("pooler.dense"), { inputs, outputs: inputs, bias: true });
      const pooled = activation(config.pooler_hidden_act, dense);
      return linear(pooled, at.at("classifier"), { inputs, outputs, bias: true });
    },
  });
}

/** Version 3 has no positions but in its attention; its files may hold a table of them all the same. */
function trunkOf(config: Config): Trunk {
  // transformers leaves such a table unread as well.
  const reason = "positions are told apart by their distances alone";
  return {
    family: "deberta-v2",
    prefix: "deberta",
    embeddings: "embeddings.word_embeddings",
    sharesUpTo: 0,
    dimensions: {
      hidden: config.hidden_size,
      layers: config.num_hidden_layers,
      heads: config.num_attention_heads,
      vocabulary: config.vocab_size,
      context: config.max_position_embeddings,
      ...(config.type_vocab_size > 0 ? { types: config.type_vocab_size } : {}),
    },
    attention: () => specOf(config),
    derived: [
      { pattern: /^deberta\.embeddings\.position_ids$/, reason: "counted positions" },
      { pattern: /^(lm_predictions|mask_predictions)\./, reason: "heads of pretraining" },
      ...config.position_biased_input
        ? []
        : [{ pattern: /^deberta\.embeddings\.position_embeddings\.weight$/, reason }],
    ],
    hidden: (tokens, at, layout) => encode(tokens, at, { config, ...layout }),
  };
}

/** Every term of a score is divided by the same root (arXiv 2006.03654, equation 4). */
function specOf(config: Config): AttentionSpec {
  const { hidden_size: hidden, num_attention_heads: heads, pos_att_type: terms } = config;
  const width = config.attention_head_size ?? hidden / heads;
  const scale = 1 / Math.sqrt(width * (1 + new Set(terms ?? []).size));
  return { heads, kvHeads: heads, width, scale };
}

/** A stack of blocks with its configuration. */
interface Stack extends Layout {
  readonly config: Config;
}

/** Embeddings and post-norm blocks: `[rows, hidden]`. The first block may have a convolution beside it. */
function encode(tokens: TokenInputs, at: Parameters, stack: Stack): Value {
  const { config } = stack;
  const encoder = at.at("encoder");
  const relative = relativeEmbeddings(encoder, config); // [2 * span, hidden]
  let x = embedded(tokens, at.at("embeddings"), stack);
  for (let index = 0; index < config.num_hidden_layers; index++) {
    const frame = stack.frame(index);
    const layer = { at: encoder.at("layer").at(index), frame, relative, config };
    const y = encoderBlock(x, attention(x, layer), layer);
    // Only the largest models of version 2 have one.
    const beside = index === 0 && config.conv_kernel_size > 0;
    x = beside ? convolved(x, y, { at: encoder.at("conv"), frame, tokens, config }) : y;
  }
  return x;
}

/** The norm of the sum of words, positions and types: `[tokens, hidden]`. */
function embedded(tokens: TokenInputs, at: Parameters, stack: Stack): Value {
  const { config } = stack;
  const width = config.embedding_size ?? config.hidden_size;
  const look = (index: Value, name: string, count: number) =>
    embedding(index, at.at(name), { count, width });
  const words = look(tokens.ids, "word_embeddings", config.vocab_size);
  stack.embedded?.(words);
  let x = words;
  if (config.position_biased_input) {
    x = add(x, look(tokens.positions, "position_embeddings", config.max_position_embeddings));
  }
  // A tokenizer of version 3 gives types that no table is there for.
  if (config.type_vocab_size > 0 && tokens.types !== undefined) {
    x = add(x, look(tokens.types(), "token_type_embeddings", config.type_vocab_size));
  }
  // Small models may have words narrower than their states.
  if (width !== config.hidden_size) {
    x = linear(x, at.at("embed_proj"), { inputs: width, outputs: config.hidden_size, bias: false });
  }
  return encoderNorm(x, at, config);
}

/**
 * The table of distances, one for all layers; undefined where they do not count. In float32 whatever the
 * model computes in, as all that is added to scores (and onnxruntime 1.30 crashes when it folds several such
 * tables in float16).
 */
function relativeEmbeddings(at: Parameters, config: Config): Value | undefined {
  if (!config.relative_attention) return undefined;
  const table = at.at("rel_embeddings")
    .take("weight", [2 * spanOf(distancesOf(config)), config.hidden_size], "float32");
  return /layer_norm/i.test(config.norm_rel_ebd) ? encoderNorm(table, at, config) : table;
}

/** Beyond `longest` all distances are alike; below 1 it is the context. */
function distancesOf(config: Config): Distances {
  const { position_buckets: buckets, max_relative_positions, max_position_embeddings } = config;
  const longest = max_relative_positions < 1 ? max_position_embeddings : max_relative_positions;
  return { buckets, longest, context: max_position_embeddings };
}

/** One layer, with the table of distances where they count. */
interface Layer {
  readonly at: Parameters;
  readonly frame: Frame;
  readonly config: Config;
  readonly relative: Value | undefined;
}

/** What each row mixes of all tokens, `[rows, heads * width]`. */
function attention(x: Value, { at, frame, config, relative }: Layer): Value {
  const spec = specOf(config);
  const own = at.at("attention.self");
  const shape = { inputs: config.hidden_size, outputs: spec.heads * spec.width, bias: true };
  const project = (x: Value, name: string) => linear(x, own.at(name), shape);
  const projections = {
    queries: project(frame.select(x), "query_proj"),
    keys: project(x, "key_proj"),
    values: project(x, "value_proj"),
  };
  const bias = relative && biasOf(relative, { config, project });
  return frame.attend(projections, bias === undefined ? spec : { ...spec, bias });
}

/** The table of distances goes through the layer's own projections, or through two of its own. */
function biasOf(
  relative: Value,
  { config, project }: { config: Config; project: (x: Value, name: string) => Value },
): PairBias | undefined {
  const { share_att_key: shared, pos_att_type: terms } = config;
  const { heads, width, scale } = specOf(config);
  if (!terms?.length) return undefined;
  const distances = distancesOf(config);
  const places = 2 * spanOf(distances);
  const table = (name: string) =>
    transpose(reshape(project(relative, name), [places, heads, width]), [1, 2, 0]);
  return disentangledBias({
    keys: terms.includes("c2p") ? table(shared ? "key_proj" : "pos_key_proj") : undefined,
    queries: terms.includes("p2c") ? table(shared ? "query_proj" : "pos_query_proj") : undefined,
  }, { distances, scale });
}

interface Convolution extends Omit<Layer, "relative"> {
  readonly tokens: TokenInputs;
}

/** `norm(y + act(conv(x)))`: y is what the layer made of x. */
function convolved(x: Value, y: Value, { at, frame, tokens, config }: Convolution): Value {
  const { hidden_size: width, conv_kernel_size: kernel } = config;
  const places = { tokens, rows: frame.keyTokens() };
  const mixed = frame.select(convolution(x, at.at("conv"), { width, kernel, places }));
  return encoderNorm(add(y, activation(config.conv_act, mixed)), at, config);
}
