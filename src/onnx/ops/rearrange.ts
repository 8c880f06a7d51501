/**
 * Rearrange: rows in other places, for layouts that hold the same rows otherwise. An operator of our
 * own: what it knows beyond a Gather, where each row went, is for gradients only (see `lower.ts`).
 *
 * @module
 */

import type { Value } from "../value.ts";
import { apply } from "./apply.ts";

/** Where {@linkcode rearrange} takes rows from, and where each of them went. */
export interface Rearrangement {
  /** The row of `x` for each row of the result. */
  readonly index: Value;
  /** The row of the result for each row of `x`: any one where it went nowhere. */
  readonly back: Value;
}

/**
 * The rows of `x` at `index`, as a Gather along axis 0, each of which is meant for one row of
 * the result only, the one in `back`. Whatever else of the result it fills must not count: no
 * gradient comes from there. So gradients are rows picked out too, on all threads, and nothing is added up.
 */
export function rearrange(x: Value, { index, back }: Rearrangement): Value {
  return apply("Rearrange", [x, index, back]);
}
