/**
 * Sampling rule: one token out of every row of probabilities, as nodes of a graph. Random numbers come
 * from the host, so that a seed decides what is written on any device.
 *
 * @module
 */

import {
  cast,
  cumulativeSum,
  gatherElements,
  largest,
  less,
  lessOrEqual,
  mul,
  reduceMin,
  reduceSum,
  scatterAdd,
  sub,
  where,
} from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";

/** How a token is drawn. */
export interface SamplingRule {
  /** What logits are divided by. */
  readonly temperature: number;
  /** Only so many of the likeliest tokens may be drawn; 0 for all. */
  readonly topK: number;
  /** Only the likeliest tokens that together reach this probability (arXiv 1904.09751); 1 for all. */
  readonly topP: number;
}

/**
 * The probabilities that may be drawn from: those of other tokens become 0, and nothing is scaled up,
 * for a draw is relative to what is left.
 *
 * @param probabilities `[rows, vocabulary]`
 */
export function restrict(probabilities: Value, { topK, topP }: SamplingRule): Value {
  return nucleus(likeliest(probabilities, topK), topP);
}

/** The `count` largest of each row; those that tie with the last of them stay too. */
function likeliest(probabilities: Value, count: number): Value {
  if (count === 0 || count >= vocabularyOf(probabilities)) return probabilities;
  const least = reduceMin(largest(probabilities, count), [1], { keep: true });
  return where(less(probabilities, least), 0, probabilities);
}

/** The likeliest until they reach `mass` of all that is left, the one that reaches it included. */
function nucleus(probabilities: Value, mass: number): Value {
  if (mass >= 1) return probabilities;
  const sorted = largest(probabilities, vocabularyOf(probabilities));
  const before = sub(cumulativeSum(sorted, 1), sorted);
  const limit = mul(reduceSum(probabilities, [1], { keep: true }), mass);
  const least = reduceMin(where(less(before, limit), sorted, 2), [1], { keep: true });
  return where(less(probabilities, least), 0, probabilities);
}

/** Probabilities without those of some tokens in the rows where `early` is 1, `[rows, 1]`. */
export function forbid(probabilities: Value, early: Value, tokens: readonly number[]): Value {
  const rows = probabilities.dim(0);
  if (typeof rows !== "number") throw new TypeError("Cannot forbid in an unknown number of rows");
  if (tokens.length === 0) return probabilities;
  const distinct = [...new Set(tokens)]; // one that is taken away twice would become negative
  const data = Array.from({ length: rows }, () => distinct).flat();
  const shape = [rows, distinct.length];
  const index = probabilities.graph.root.constant({ dtype: "int32", shape, data });
  const lost = mul(gatherElements(probabilities, index, 1), sub(0, early)); // [rows, tokens]
  return scatterAdd(probabilities, { index, updates: lost, axis: 1 });
}

/** The vocabulary's size, which must be known. */
export function vocabularyOf(perToken: Value): number {
  const vocabulary = perToken.dim(1);
  if (typeof vocabulary === "number") return vocabulary;
  throw new TypeError(`Cannot draw from a vocabulary of unknown size: received ${vocabulary}`);
}

/** How many entries of each row, whose running sums are given, are passed by: `int32[rows, 1]`. */
export function passed(reached: Value, target: Value): Value {
  return reduceSum(cast(lessOrEqual(reached, target), "int32"), [1], { keep: true });
}
