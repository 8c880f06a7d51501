/**
 * Log-probabilities of tokens, and the masking of EOS tokens that they may not count.
 *
 * A completion with a minimum length is sampled without EOS before that length. If its log-probabilities
 * count EOS all the same, they describe a policy that did not write it: the more the policy wants EOS,
 * the less likely its actual tokens seem, KL from the reference falls below 0, and PPO is rewarded for
 * it. TRL 0.7.4 warns of this (docs/source/how_to_train.md). Masked logits do not have the problem.
 *
 * @module
 */

import {
  add,
  cast,
  gatherElements,
  mul,
  reduceLogSumExp,
  scatterAdd,
  sub,
} from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";

/** Whether log-probabilities leave out EOS where it is not allowed, or count it. */
export type ForbiddenEnd = "masked" | "counted";

/** Far below any logit, yet finite, so that 0 times it is 0. */
const MASK = -1e9;

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

/**
 * Logits with EOS tokens masked in the rows where `early` is 1.
 *
 * @param logits `[rows, vocabulary]`
 * @param early `float32[rows, 1]`, 0 or 1
 * @param eosIds at least one
 */
export function maskEos(logits: Value, early: Value, eosIds: readonly number[]): Value {
  const distinct = [...new Set(eosIds)];
  const shape = [1, distinct.length];
  const { root } = logits.graph;
  const ids = root.constant({ dtype: "int32", shape, data: distinct });
  const index = add(mul(cast(early, "int32"), 0), ids); // [rows, ids]
  const mask = root.constant({ dtype: "float32", shape, data: distinct.map(() => MASK) });
  return scatterAdd(logits, { index, updates: mul(early, mask), axis: 1 });
}
