/**
 * Positions that are counted over some tokens only, as RoBERTa counts them (fairseq's `make_positions`).
 *
 * @module
 */

import { add, cast, cumulativeSum, equal, gather, mul, reshape, sub } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";

/** Where tokens stand. */
export interface CountedTokens {
  /** `int32[tokens]` */
  readonly ids: Value;
  /** The place of each token in its sequence, `int32[tokens]`. */
  readonly positions: Value;
  /** `0, 1, ..., tokens - 1` as `int64[1, tokens]`; the tokens of a sequence stand one after the other. */
  readonly rows: Value;
}

/**
 * `uncounted + n` for the n-th token of a sequence whose id is another than `uncounted`, and `uncounted` for
 * those that have this id, wherever they stand: `int32[tokens]`.
 */
export function countedPositions(
  { ids, positions, rows }: CountedTokens,
  uncounted: number,
): Value {
  const counts = sub(1, cast(equal(ids, uncounted), "int32")); // 1 or 0 for each token
  const upTo = cumulativeSum(counts, 0); // over all sequences, so less what stands before one's own
  const start = sub(cast(reshape(rows, [{ rest: `${ids.dim(0)}` }]), "int32"), positions);
  const within = sub(upTo, gather(sub(upTo, counts), start));
  return add(mul(within, counts), uncounted);
}
