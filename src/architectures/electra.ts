/**
 * ELECTRA (arXiv 2003.10555), as `ElectraForSequenceClassification`: a BERT whose embeddings may be narrower
 * than its states, with a head of two layers beside the trunk.
 *
 * @module
 */

import { z } from "zod";
import { linear } from "../layers/linear.ts";
import type { Architecture } from "./architecture.ts";
import { labelNames } from "./configuration.ts";
import { encoder, normedEmbeddings } from "./encoder.ts";
import { encoderFields, encoderHeads, expectHeads, plainEncoder } from "./encoder_configuration.ts";
import { encoderClassifier } from "./encoder_classifier.ts";
import type { Trunk } from "./trunk.ts";

const configuration = z.object({
  ...encoderFields({
    vocab_size: 30_522,
    hidden_size: 256,
    num_hidden_layers: 12,
    num_attention_heads: 4,
    intermediate_size: 1024,
    hidden_act: "gelu",
    max_position_embeddings: 512,
    type_vocab_size: 2,
    layer_norm_eps: 1e-12,
  }),
  ...plainEncoder,
  embedding_size: z.number().int().positive().default(128),
}).superRefine(expectHeads);

type ElectraConfig = z.infer<typeof configuration>;

/** An ELECTRA that scores. Its head has one activation, whatever that of its layers. */
export function electraForSequenceClassification(json: unknown): Architecture {
  const config = configuration.parse(json);
  return encoderClassifier("ElectraForSequenceClassification", trunkOf(config), {
    labels: labelNames(config),
    dense: "classifier.dense",
    act: "gelu",
    out: "classifier.out_proj",
  });
}

/** From tokens to hidden states. */
function trunkOf(config: ElectraConfig): Trunk {
  const { embedding_size: inputs, hidden_size: outputs } = config;
  return encoder({
    name: "electra",
    prefix: "electra",
    config,
    spec: encoderHeads(config),
    embed(tokens, at, { embedded }) {
      const tables = { config, width: inputs, positions: tokens.positions, embedded };
      const x = normedEmbeddings(tokens, at.at("embeddings"), tables); // [tokens, embedding]
      if (inputs === outputs) return x;
      return linear(x, at.at("embeddings_project"), { inputs, outputs, bias: true });
    },
  });
}
