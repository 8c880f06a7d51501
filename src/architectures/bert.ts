/**
 * BERT (arXiv 1810.04805), as `BertForSequenceClassification`: learned positions and token types, every
 * token sees every other, LayerNorm behind each part, and a head of two layers on `[CLS]`.
 *
 * @module
 */

import { z } from "zod";
import type { Architecture } from "./architecture.ts";
import { labelNames } from "./configuration.ts";
import { encoder, normedEmbeddings } from "./encoder.ts";
import { encoderFields, encoderHeads, expectHeads, plainEncoder } from "./encoder_configuration.ts";
import { encoderClassifier } from "./encoder_classifier.ts";
import type { Trunk } from "./trunk.ts";

const configuration = z.object({
  ...encoderFields({
    vocab_size: 30_522,
    hidden_size: 768,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    intermediate_size: 3072,
    hidden_act: "gelu",
    max_position_embeddings: 512,
    type_vocab_size: 2,
    layer_norm_eps: 1e-12,
  }),
  ...plainEncoder,
}).superRefine(expectHeads);

/** A BERT's config.json, as far as the graph depends on it. */
type BertConfig = z.infer<typeof configuration>;

/** A BERT that scores, from its config.json. */
export function bertForSequenceClassification(json: unknown): Architecture {
  const config = configuration.parse(json);
  return encoderClassifier("BertForSequenceClassification", trunkOf(config), {
    labels: labelNames(config),
    dense: "bert.pooler.dense",
    act: "tanh",
    out: "classifier",
  });
}

/** From tokens to hidden states, under the names that BERT's checkpoints give it. */
function trunkOf(config: BertConfig): Trunk {
  return encoder({
    name: "bert",
    prefix: "bert",
    config,
    spec: encoderHeads(config),
    embed: (tokens, at, { embedded }) =>
      normedEmbeddings(tokens, at.at("embeddings"), {
        config,
        positions: tokens.positions,
        embedded,
      }),
  });
}
