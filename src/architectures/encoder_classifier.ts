/**
 * Encoder classifier: a bidirectional trunk whose first token is scored, as `[CLS]` of BERT's kin is.
 *
 * @module
 */

import type { Parameters } from "../layers/parameters.ts";
import type { Value } from "../onnx/value.ts";
import type { Architecture } from "./architecture.ts";
import type { Trunk } from "./trunk.ts";

/** What an encoder says of its first token. */
export interface EncoderHead {
  /** The names of the labels, in order. */
  readonly labels: readonly string[];
  /** As {@linkcode Architecture.head}: `[rows, labels]` of `[rows, hidden]`. */
  readonly head: (states: Value, at: Parameters) => Value;
}

/** An encoder of pairs of texts with a head of its own, as `...ForSequenceClassification` has it. */
export function encoderClassifier(
  name: string,
  trunk: Trunk,
  { labels, head }: EncoderHead,
): Architecture {
  const { family, sharesUpTo, dimensions } = trunk;
  return {
    name,
    family,
    attention: "bidirectional",
    pooling: "first",
    task: "sequence",
    input: "pair",
    sharesUpTo,
    labels,
    dimensions: { ...dimensions, labels: labels.length },
    trunk,
    head,
  };
}
