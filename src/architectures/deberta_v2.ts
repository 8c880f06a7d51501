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
import { linear } from "../layers/linear.ts";
import type { Parameters } from "../layers/parameters.ts";
import { add } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { Architecture } from "./architecture.ts";
import { badConfiguration, labelNames } from "./configuration.ts";
import { type Beside, embeddingSum, encoder } from "./encoder.ts";
import { bertBlock, encoderNorm } from "./encoder_block.ts";
import { encoderFields, encoderHeads, expectHeads } from "./encoder_configuration.ts";
import { encoderClassifier } from "./encoder_classifier.ts";
import type { Trunk } from "./trunk.ts";

/** A list, or as files have it, `c2p|p2c`. */
const terms = z.preprocess(
  (value) => typeof value === "string" ? value.toLowerCase().trim().split(/\s*\|\s*/) : value,
  z.array(z.enum(["c2p", "p2c"])),
);

/** Some of these fields stand in files only: transformers reads them without a default of its own. */
const configuration = z.object({
  ...encoderFields({
    vocab_size: 128_100,
    hidden_size: 1536,
    num_hidden_layers: 24,
    num_attention_heads: 24,
    intermediate_size: 6144,
    hidden_act: "gelu",
    max_position_embeddings: 512,
    type_vocab_size: 0,
    layer_norm_eps: 1e-7,
  }),
  embedding_size: z.number().int().positive().optional(),
  attention_head_size: z.number().int().positive().optional(),
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
}).superRefine(expectHeads).refine(
  ({ relative_attention: relative, pos_att_type: terms }) => !relative || !!terms?.length,
  { path: ["pos_att_type"], message: "relative_attention needs a term of distance" },
);

type Config = z.infer<typeof configuration>;

/** A DeBERTa that scores. Its pooler stands beside the trunk, not within it as in BERT. */
export function debertaV2ForSequenceClassification(json: unknown): Architecture {
  const config = configuration.parse(json);
  return encoderClassifier("DebertaV2ForSequenceClassification", trunkOf(config), {
    labels: labelNames(config),
    dense: "pooler.dense",
    act: config.pooler_hidden_act,
    out: "classifier",
  });
}

/** Version 3 has no positions but in its attention; its files may hold a table of them all the same. */
function trunkOf(config: Config): Trunk {
  // transformers leaves such a table unread as well.
  const pattern = /^deberta\.embeddings\.position_embeddings\.weight$/;
  const reason = "positions are told apart by their distances alone";
  return encoder({
    name: "deberta-v2",
    prefix: "deberta",
    config,
    spec: specOf(config),
    names: {
      ...bertBlock,
      queries: "attention.self.query_proj",
      keys: "attention.self.key_proj",
      values: "attention.self.value_proj",
    },
    derived: config.position_biased_input ? [] : [{ pattern, reason }],
    embed(tokens, trunk, { embedded }) {
      const at = trunk.at("embeddings");
      const { hidden_size: outputs, embedding_size: inputs = outputs } = config;
      const positions = config.position_biased_input ? tokens.positions : undefined;
      const x = embeddingSum(tokens, at, { config, width: inputs, positions, embedded });
      const shape = { inputs, outputs, bias: false };
      // Small models may have words narrower than their states.
      const wide = inputs === outputs ? x : linear(x, at.at("embed_proj"), shape);
      return encoderNorm(wide, at.at("LayerNorm"), config);
    },
    ...config.relative_attention ? { bias: (encoder) => distanceBias(encoder, config) } : {},
    beside: (y, around) => withConvolution(y, around, config),
  });
}

/** Every term of a score is divided by the same root (arXiv 2006.03654, equation 4). */
function specOf(config: Config): AttentionSpec {
  const own = encoderHeads(config);
  const width = config.attention_head_size ?? own.width;
  return { ...own, width, scale: 1 / Math.sqrt(width * (1 + new Set(config.pos_att_type).size)) };
}

/** Tokens between which distances are counted: the graph has a number for each distance in each layer. */
const LONGEST_CONTEXT = 2 ** 18;

/** The distances of a configuration, where a table of them can be made. */
function distancesOf(config: Config): Distances {
  const { max_position_embeddings: context, max_relative_positions: most } = config;
  if (context > LONGEST_CONTEXT) {
    throw badConfiguration(
      `Cannot make a table of distances as "max_position_embeddings" may be at most ${LONGEST_CONTEXT} ` +
        `with "relative_attention": received ${context}`,
    );
  }
  const longest = most < 1 ? context : most; // without a longest distance it is the context
  return { buckets: config.position_buckets, longest, context };
}

/**
 * The bias of each layer. One table of distances goes through the layer's own projections, or through two
 * further ones. It is in float32 whatever the model computes in, as all that is added to scores (and
 * onnxruntime 1.30 crashes when it folds several such tables in float16).
 */
function distanceBias(encoder: Parameters, config: Config): (layer: Parameters) => PairBias {
  const { share_att_key: shared, pos_att_type: terms, hidden_size: inputs } = config;
  const distances = distancesOf(config);
  const table = encoder.at("rel_embeddings")
    .take("weight", [2 * spanOf(distances), inputs], "float32");
  const normed = /layer_norm/i.test(config.norm_rel_ebd);
  const relative = normed ? encoderNorm(table, encoder.at("LayerNorm"), config) : table;
  const spec = specOf(config);
  const shape = { inputs, outputs: spec.heads * spec.width, bias: true };
  return (layer) => {
    const project = (term: "c2p" | "p2c", name: string) =>
      terms?.includes(term)
        ? linear(relative, layer.at("attention.self").at(shared ? name : `pos_${name}`), shape)
        : undefined;
    const projections = { keys: project("c2p", "key_proj"), queries: project("p2c", "query_proj") };
    return disentangledBias(projections, distances, spec);
  };
}

/** `norm(y + act(conv(x)))` at the first layer, in the largest models of version 2. */
function withConvolution(y: Value, { index, x, encoder, frame, tokens }: Beside, config: Config) {
  const { hidden_size: width, conv_kernel_size: kernel } = config;
  if (index > 0 || kernel === 0) return y;
  const at = encoder.at("conv");
  const places = { tokens, rows: frame.keyTokens() };
  const mixed = frame.select(convolution(x, at.at("conv"), { width, kernel, places }));
  return encoderNorm(add(y, activation(config.conv_act, mixed)), at.at("LayerNorm"), config);
}
