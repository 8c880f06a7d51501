/**
 * ALBERT (arXiv 1909.11942), as `AlbertForSequenceClassification`: a BERT whose layers share their weights,
 * behind embeddings that are narrower than its states.
 *
 * @module
 */

import { z } from "zod";
import { linear } from "../layers/linear.ts";
import type { Architecture } from "./architecture.ts";
import { labelNames } from "./configuration.ts";
import { encoder, normedEmbeddings } from "./encoder.ts";
import type { BlockNames } from "./encoder_block.ts";
import { encoderFields, encoderHeads, expectHeads, plainEncoder } from "./encoder_configuration.ts";
import { encoderClassifier } from "./encoder_classifier.ts";
import type { Trunk } from "./trunk.ts";

const size = z.number().int().positive();

const configuration = z.object({
  ...encoderFields({
    vocab_size: 30_000,
    hidden_size: 4096,
    num_hidden_layers: 12,
    num_attention_heads: 64,
    intermediate_size: 16_384,
    hidden_act: "gelu_new",
    max_position_embeddings: 512,
    type_vocab_size: 2,
    layer_norm_eps: 1e-12,
  }),
  ...plainEncoder,
  embedding_size: size.default(128),
  num_hidden_groups: size.default(1),
  inner_group_num: size.default(1),
}).superRefine(expectHeads);

type AlbertConfig = z.infer<typeof configuration>;

/** An ALBERT that scores. */
export function albertForSequenceClassification(json: unknown): Architecture {
  const config = configuration.parse(json);
  return encoderClassifier("AlbertForSequenceClassification", trunkOf(config), {
    labels: labelNames(config),
    dense: "albert.pooler",
    act: "tanh",
    out: "classifier",
  });
}

const names: BlockNames = {
  queries: "attention.query",
  keys: "attention.key",
  values: "attention.value",
  attended: "attention.dense",
  attentionNorm: "attention.LayerNorm",
  widened: "ffn",
  narrowed: "ffn_output",
  outputNorm: "full_layer_layer_norm",
};

/** From tokens to hidden states. Where a group has several layers, each counts as one of the trunk's. */
function trunkOf(config: AlbertConfig): Trunk {
  const { embedding_size: inputs, hidden_size: outputs, inner_group_num: inner } = config;
  return encoder({
    name: "albert",
    prefix: "albert",
    config: { ...config, num_hidden_layers: config.num_hidden_layers * inner },
    spec: encoderHeads(config),
    names,
    layerAt: (index) => {
      const group = groupOf(Math.floor(index / inner), config);
      return `encoder.albert_layer_groups.${group}.albert_layers.${index % inner}`;
    },
    embed(tokens, at, { embedded }) {
      const tables = { config, width: inputs, positions: tokens.positions, embedded };
      const x = normedEmbeddings(tokens, at.at("embeddings"), tables); // [tokens, embedding]
      const shape = { inputs, outputs, bias: true };
      return linear(x, at.at("encoder.embedding_hidden_mapping_in"), shape);
    },
  });
}

/** Which group's weights a layer takes: the layers are cut into as many runs as there are groups. */
function groupOf(layer: number, config: AlbertConfig): number {
  return Math.floor(layer / (config.num_hidden_layers / config.num_hidden_groups));
}
