/**
 * Log-probabilities of tokens, as nodes of a graph.
 *
 * @module
 */

import { gatherElements, reduceLogSumExp, sub } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";

/**
 * `log softmax(logits)` at one token of each row, `[rows, 1]`.
 *
 * @param logits `[rows, vocabulary]`
 * @param tokens `int32[rows, 1]`
 */
export function logProbabilities(logits: Value, tokens: Value): Value {
  const chosen = gatherElements(logits, tokens, 1);
  return sub(chosen, reduceLogSumExp(logits, [1], { keep: true }));
}
