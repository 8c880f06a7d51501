/**
 * Rows of the vocabulary's head: a language model whose logit of some token, or of several, is what it says
 * of a text, as Llama-3.1-Nemotron-70B-Reward's logit of the token 0 is. Nothing in config.json tells such a
 * model from one that writes, so that whoever serves it says which tokens.
 *
 * @module
 */

import type { Parameters } from "../../layers/parameters.ts";
import { cast, gather, gemm } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import { AbacusError } from "../../errors.ts";
import { softCapped, type VocabularyHead, vocabularyPlace } from "../language_model.ts";
import type { Trunk } from "../trunk.ts";
import type { HeadKind } from "./head_kind.ts";
import { lastToken } from "./reading_places.ts";

/** A token whose logit is read. */
export interface TokenRow {
  readonly id: number;
  /** What its output is called. */
  readonly label: string;
}

/** The logits of some tokens at the last token of a text, one label each. */
export function vocabularyRows(rows: readonly TokenRow[]): HeadKind {
  return {
    tensor: "lm_head.weight",
    head({ trunk, vocabulary }) {
      expectIds(rows, trunk.dimensions.vocabulary);
      const { called = "lm_head", tied } = vocabulary;
      const name = tied ? `${trunk.prefix}.${trunk.embeddings}` : called;
      const ids = rows.map(({ id }) => id);
      return {
        text: `linear ${name}, ${ids.length === 1 ? "row" : "rows"} ${ids.join(", ")}`,
        labels: rows.map(({ label }) => label),
        write: (states, at) => logitsOf(states, at, { trunk, vocabulary, ids }),
      };
    },
    pooling: lastToken,
  };
}

interface Picked {
  readonly trunk: Trunk;
  readonly vocabulary: VocabularyHead;
  readonly ids: readonly number[];
}

/** As `languageModel` computes them, for some rows alone: `[rows, ids]`. */
function logitsOf(states: Value, at: Parameters, { trunk, vocabulary, ids }: Picked): Value {
  const { vocabulary: count, hidden } = trunk.dimensions;
  const place = vocabularyPlace(at, trunk, vocabulary);
  const index = states.graph.root.constant({ dtype: "int32", shape: [ids.length], data: [...ids] });
  // Picked before they are cast, as the whole table may be gigabytes.
  const pick = (name: string, shape: readonly number[]) =>
    cast(gather(place.take(name, shape), index), "float32");
  const weight = pick("weight", [count, hidden]);
  const bias = vocabulary.bias ? pick("bias", [count]) : undefined;
  return softCapped(gemm(states, weight, { transposeB: true, bias }), vocabulary);
}

function expectIds(rows: readonly TokenRow[], vocabulary: number): void {
  const beyond = rows.find(({ id }) => id >= vocabulary);
  if (beyond === undefined) return;
  throw new AbacusError(
    "bad_usage",
    `Cannot read the logit of a token as the model's token ids go from 0 to ${vocabulary - 1}: ` +
      `received --head vocabulary:${beyond.id}`,
  );
}
