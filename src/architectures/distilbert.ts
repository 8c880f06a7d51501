/**
 * DistilBERT (arXiv 1910.01108), as `DistilBertForSequenceClassification`: a BERT without token types, under
 * names of its own, with a head of two layers beside the trunk.
 *
 * @module
 */

import { z } from "zod";
import { activationNames } from "../layers/activation.ts";
import type { Architecture } from "./architecture.ts";
import { classifierFields, labelNames } from "./configuration.ts";
import { encoder, normedEmbeddings } from "./encoder.ts";
import type { BlockNames } from "./encoder_block.ts";
import { type EncoderConfig, encoderHeads } from "./encoder_configuration.ts";
import { encoderClassifier } from "./encoder_classifier.ts";
import type { Trunk } from "./trunk.ts";

const size = z.number().int().positive();

/** Sinusoidal positions (`sinusoidal_pos_embds`) are stored as a table like learned ones. */
const configuration = z.object({
  ...classifierFields,
  vocab_size: size.default(30_522),
  dim: size.default(768),
  n_layers: size.default(6),
  n_heads: size.default(12),
  hidden_dim: size.default(3072),
  max_position_embeddings: size.default(512),
  activation: z.enum(activationNames).default("gelu"),
}).refine(({ dim, n_heads }) => dim % n_heads === 0, {
  path: ["n_heads"],
  message: "the heads do not divide dim",
});

/** The same under the names that BERT has for it; `layer_norm_eps` is no field of these files. */
function encoderConfig(fields: z.infer<typeof configuration>): EncoderConfig {
  const { vocab_size, max_position_embeddings } = fields;
  return {
    vocab_size,
    max_position_embeddings,
    hidden_size: fields.dim,
    num_hidden_layers: fields.n_layers,
    num_attention_heads: fields.n_heads,
    intermediate_size: fields.hidden_dim,
    hidden_act: fields.activation,
    type_vocab_size: 0,
    layer_norm_eps: 1e-12,
  };
}

/** A DistilBERT that scores. */
export function distilBertForSequenceClassification(json: unknown): Architecture {
  const fields = configuration.parse(json);
  const trunk = trunkOf(encoderConfig(fields));
  return encoderClassifier("DistilBertForSequenceClassification", trunk, {
    labels: labelNames(fields),
    dense: "pre_classifier",
    act: "relu",
    out: "classifier",
  });
}

const names: BlockNames = {
  queries: "attention.q_lin",
  keys: "attention.k_lin",
  values: "attention.v_lin",
  attended: "attention.out_lin",
  attentionNorm: "sa_layer_norm",
  widened: "ffn.lin1",
  narrowed: "ffn.lin2",
  outputNorm: "output_layer_norm",
};

/** From tokens to hidden states. */
function trunkOf(config: EncoderConfig): Trunk {
  return encoder({
    name: "distilbert",
    prefix: "distilbert",
    config,
    spec: encoderHeads(config),
    names,
    layerAt: (index) => `transformer.layer.${index}`,
    embed: (tokens, at, { embedded }) =>
      normedEmbeddings(tokens, at.at("embeddings"), {
        config,
        positions: tokens.positions,
        embedded,
      }),
  });
}
