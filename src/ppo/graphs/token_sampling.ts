/**
 * Token sampling: one token out of every row of probabilities, with temperature, top-k and top-p, as
 * nodes of a graph. Random numbers come from the host, so that a seed gives the same text on any device.
 *
 * @module
 */

import {
  add,
  cast,
  cumulativeSum,
  gather,
  gatherElements,
  largest,
  less,
  lessOrEqual,
  max,
  min,
  mul,
  pad,
  reduceMin,
  reduceSum,
  reshape,
  scatterAdd,
  slice,
  sub,
  where,
} from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";

/** How tokens are sampled. */
export interface SamplingRule {
  /** What logits are divided by. */
  readonly temperature: number;
  /** Sample from the k most likely tokens only; 0 for all. */
  readonly topK: number;
  /** Sample from the most likely tokens that together reach this probability (arXiv 1904.09751); 1 for all. */
  readonly topP: number;
}

/** By the rule of the settings, or the most likely token each time. */
export type Decoding = "sampled" | "greedy";

/** The rule of a way of decoding. */
export function decodingRule(decoding: Decoding, rule: SamplingRule): SamplingRule {
  return decoding === "greedy" ? { ...rule, topK: 1, topP: 1 } : rule;
}

/**
 * Applies top-k, then top-p: the probabilities of other tokens become 0. The rest is not rescaled, as
 * {@linkcode draw} takes weights of any sum.
 *
 * @param probabilities `[rows, vocabulary]`
 */
export function restrict(probabilities: Value, { topK, topP }: SamplingRule): Value {
  return nucleus(mostLikely(probabilities, topK), topP);
}

/** The `count` largest of each row, and any that tie with the last of them. */
function mostLikely(probabilities: Value, count: number): Value {
  if (count === 0 || count >= vocabularyOf(probabilities)) return probabilities;
  const least = reduceMin(largest(probabilities, count), [1], { keep: true });
  return where(less(probabilities, least), 0, probabilities);
}

/** The largest until they reach `mass` of the row's sum, including the one that reaches it. */
function nucleus(probabilities: Value, mass: number): Value {
  if (mass >= 1) return probabilities;
  const sorted = largest(probabilities, vocabularyOf(probabilities));
  const before = sub(cumulativeSum(sorted, 1), sorted);
  const limit = mul(reduceSum(probabilities, [1], { keep: true }), mass);
  const least = reduceMin(where(less(before, limit), sorted, 2), [1], { keep: true });
  return where(less(probabilities, least), 0, probabilities);
}

/** Sets the probabilities of some tokens to 0 in the rows where `early`, `[rows, 1]`, is 1. */
export function forbid(probabilities: Value, early: Value, tokens: readonly number[]): Value {
  const rows = rowsIn(probabilities);
  if (tokens.length === 0) return probabilities;
  const distinct = [...new Set(tokens)]; // subtracting one twice would make it negative
  const data = Array.from({ length: rows }, () => distinct).flat();
  const shape = [rows, distinct.length];
  const index = probabilities.graph.root.constant({ dtype: "int32", shape, data });
  const lost = mul(gatherElements(probabilities, index, 1), sub(0, early)); // [rows, tokens]
  return scatterAdd(probabilities, { index, updates: lost, axis: 1 });
}

/** The largest part of a sum that float32 tells apart from the sum, with room for one rounding. */
const NEARLY_ALL = 1 - 2 ** -22;

/**
 * Samples one entry of every row, each with a probability in proportion to its weight.
 *
 * Inversion: the first entry at which the cumulative sum exceeds `uniform` times the total. It first
 * finds a block of entries and then the entry within it, since a cumulative sum over a whole vocabulary
 * takes longer than the model. An entry of weight 0 is never sampled, as no cumulative sum grows there.
 *
 * @param weights `[rows, vocabulary]`, none negative, not all 0
 * @param uniform in [0, 1), multiples of 2^-23: `[rows, 1]`
 * @returns `int32[rows, 1]`
 */
export function draw(weights: Value, uniform: Value): Value {
  const rows = rowsIn(weights);
  const { width, blocks, filled } = inBlocks(weights, rows);
  const sums = reduceSum(reshape(filled, [rows, blocks, width]), [2]); // [rows, blocks]
  const reached = cumulativeSum(sums, 1);
  const target = mul(uniform, lastOf(reached, blocks));
  const block = min(countPassed(reached, target), blocks - 1); // [rows, 1]
  const before = sub(gatherElements(reached, block, 1), gatherElements(sums, block, 1));
  const entries = reshape(
    gather(reshape(filled, [rows * blocks, width]), add(firstBlocks(block, rows, blocks), block)),
    [rows, width],
  );
  const within = cumulativeSum(entries, 1);
  // Another order of summation may differ in the last bits; the remainder must stay in this block.
  const most = mul(lastOf(within, width), NEARLY_ALL);
  const rest = min(max(sub(target, before), 0), most);
  const entry = add(mul(block, width), min(countPassed(within, rest), width - 1));
  return min(entry, vocabularyOf(weights) - 1); // not the padding of the last block
}

/** Rows padded with weights of 0 to whole blocks, about as many as a block has entries. */
function inBlocks(weights: Value, rows: number): { width: number; blocks: number; filled: Value } {
  const vocabulary = vocabularyOf(weights);
  const width = 2 ** Math.round(Math.log2(vocabulary) / 2);
  const blocks = Math.ceil(vocabulary / width);
  const missing = blocks * width - vocabulary;
  const declared = [rows, blocks * width];
  const filled = missing === 0
    ? weights
    : pad(weights, { before: [0, 0], after: [0, missing], declared });
  return { width, blocks, filled };
}

/** How many cumulative sums of each row are at most the target: `int32[rows, 1]`. */
function countPassed(reached: Value, target: Value): Value {
  return reduceSum(cast(lessOrEqual(reached, target), "int32"), [1], { keep: true });
}

function lastOf(reached: Value, count: number): Value {
  return slice(reached, { axis: 1, start: count - 1, end: count });
}

/** The index of each row's first block, `int32[rows, 1]`. */
function firstBlocks({ graph }: Value, rows: number, blocks: number): Value {
  const data = Array.from({ length: rows }, (_, row) => row * blocks);
  return graph.root.constant({ dtype: "int32", shape: [rows, 1], data });
}

function rowsIn(weights: Value): number {
  const rows = weights.dim(0);
  if (typeof rows === "number") return rows;
  throw new TypeError(`Cannot sample for an unknown number of rows: received ${rows}`);
}

function vocabularyOf(weights: Value): number {
  const vocabulary = weights.dim(1);
  if (typeof vocabulary === "number") return vocabulary;
  throw new TypeError(`Cannot sample from a vocabulary of unknown size: received ${vocabulary}`);
}
