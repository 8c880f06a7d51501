/**
 * RoBERTa (arXiv 1907.11692) and what was trained after its recipe in other languages: XLM-RoBERTa (arXiv
 * 1911.02116) and CamemBERT (arXiv 1911.03894), as `...ForSequenceClassification`. A BERT whose positions
 * count the tokens that are no padding, from behind the padding's own, and whose head is a part of its own.
 *
 * @module
 */

import { z } from "zod";
import { countedPositions } from "../layers/counted_positions.ts";
import type { Architecture } from "./architecture.ts";
import { labelNames } from "./configuration.ts";
import { encoder, normedEmbeddings } from "./encoder.ts";
import { encoderClassifier } from "./encoder_classifier.ts";
import { encoderFields, encoderHeads, expectHeads, plainEncoder } from "./encoder_configuration.ts";
import type { Trunk } from "./trunk.ts";

/** A RoBERTa's config.json, as far as the graph depends on it. */
type RobertaConfig = z.infer<ReturnType<typeof configuration>>;

/** The families differ in the defaults of their vocabularies alone. */
function configuration(vocabulary: number) {
  return z.object({
    ...encoderFields({
      vocab_size: vocabulary,
      hidden_size: 768,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      intermediate_size: 3072,
      hidden_act: "gelu",
      max_position_embeddings: 512,
      type_vocab_size: 2,
      layer_norm_eps: 1e-12,
    }),
    // Positions are counted from here on, so it cannot be left out.
    pad_token_id: z.number().int().min(-1).default(1),
    ...plainEncoder,
  }).superRefine(expectHeads).superRefine(expectPadding);
}

/** Refuses padding that has no row in a table, which transformers does not load. */
function expectPadding(
  { pad_token_id: padding, vocab_size, max_position_embeddings }: {
    pad_token_id: number;
    vocab_size: number;
    max_position_embeddings: number;
  },
  context: z.RefinementCtx,
): void {
  const rows = Math.min(vocab_size, max_position_embeddings - 1); // at least one token has a position
  if (padding < rows) return;
  const message = `positions are counted from it on, below ${rows}: received ${padding}`;
  context.addIssue({ code: "custom", path: ["pad_token_id"], message });
}

/** A reader of these models under one of their names. */
function reader(name: string, family: string, vocabulary: number): (json: unknown) => Architecture {
  const schema = configuration(vocabulary);
  return (json) => {
    const config = schema.parse(json);
    return encoderClassifier(`${name}ForSequenceClassification`, trunkOf(config, family), {
      labels: labelNames(config),
      dense: "classifier.dense",
      act: "tanh",
      out: "classifier.out_proj",
    });
  };
}

/** A RoBERTa that scores. */
export const robertaForSequenceClassification = reader("Roberta", "roberta", 50_265);

/** The same over a hundred languages. */
export const xlmRobertaForSequenceClassification = reader("XLMRoberta", "xlm-roberta", 30_522);

/** The same in French. */
export const camembertForSequenceClassification = reader("Camembert", "camembert", 30_522);

/** From tokens to hidden states, under the prefix that all of them have. */
function trunkOf(config: RobertaConfig, family: string): Trunk {
  const padding = config.pad_token_id;
  return encoder({
    name: family,
    prefix: "roberta",
    config,
    spec: encoderHeads(config),
    context: config.max_position_embeddings - padding - 1,
    derived: [{ pattern: /^roberta\.pooler\./, reason: "a pooler that this head does not read" }],
    embed(tokens, at, { embedded, frame }) {
      const rows = frame(0).keyTokens();
      const positions = countedPositions({ ...tokens, rows }, padding);
      return normedEmbeddings(tokens, at.at("embeddings"), { config, positions, embedded });
    },
  });
}
