/**
 * Draw: one entry of every row, each with a chance in proportion to its weight, as nodes of a graph.
 *
 * @module
 */

import {
  add,
  cumulativeSum,
  gather,
  gatherElements,
  max,
  min,
  mul,
  pad,
  reduceSum,
  reshape,
  slice,
  sub,
} from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import { passed, vocabularyOf } from "./sampling_rule.ts";

/** The largest part of a sum that float32 tells from the sum itself, with room for one rounding. */
const NEARLY_ALL = 1 - 2 ** -22;

/**
 * Draws by inversion: the first entry at which the running sum of weights passes the uniform number's
 * part of the total. First a block of entries is found and then the entry within it, for running sums over a
 * whole vocabulary take longer than the model. An entry of weight 0 is never drawn, for no running
 * sum grows there.
 *
 * @param weights `[rows, vocabulary]`, none negative, not all 0
 * @param uniform in [0, 1), multiples of 2^-23: `[rows, 1]`
 * @returns `int32[rows, 1]`
 */
export function draw(weights: Value, uniform: Value): Value {
  const rows = weights.dim(0);
  if (typeof rows !== "number") throw new TypeError("Cannot draw in an unknown number of rows");
  const { width, blocks, filled } = inBlocks(weights, rows);
  const sums = reduceSum(reshape(filled, [rows, blocks, width]), [2]); // [rows, blocks]
  const reached = cumulativeSum(sums, 1);
  const target = mul(uniform, lastOf(reached, blocks));
  const block = min(passed(reached, target), blocks - 1); // [rows, 1]
  const before = sub(gatherElements(reached, block, 1), gatherElements(sums, block, 1));
  const entries = reshape(
    gather(reshape(filled, [rows * blocks, width]), add(firstBlocks(block, rows, blocks), block)),
    [rows, width],
  );
  const within = cumulativeSum(entries, 1);
  // Sums in another order differ in their last bits: the rest stays within this block in any case.
  const most = mul(lastOf(within, width), NEARLY_ALL);
  const rest = min(max(sub(target, before), 0), most);
  const entry = add(mul(block, width), min(passed(within, rest), width - 1));
  return min(entry, vocabularyOf(weights) - 1); // what fills up the last block is no entry
}

/** Rows filled up with weights of 0 to whole blocks, about as many as a block has entries. */
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

function lastOf(reached: Value, count: number): Value {
  return slice(reached, { axis: 1, start: count - 1, end: count });
}

/** The number of each row's first block, `int32[rows, 1]`. */
function firstBlocks({ graph }: Value, rows: number, blocks: number): Value {
  const data = Array.from({ length: rows }, (_, row) => row * blocks);
  return graph.root.constant({ dtype: "int32", shape: [rows, 1], data });
}
