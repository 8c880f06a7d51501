/**
 * Convolution over the tokens of each sequence.
 *
 * @module
 */

import {
  add,
  and,
  cast,
  gather,
  gemm,
  greater,
  less,
  mul,
  reshape,
  slice,
  where,
} from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { Parameters } from "./parameters.ts";
import type { TokenPositions } from "./rotary.ts";

/** Where tokens stand. */
export interface Places {
  readonly tokens: TokenPositions;
  /** `0, 1, ..., tokens - 1` as `int64[1, tokens]`; the tokens of a sequence stand one after the other. */
  readonly rows: Value;
}

/**
 * `y[t] = bias + sum over i of weight[:, :, i] x[t + i - (kernel - 1) / 2]`, as torch's `Conv1d` with zeros
 * past the ends of a sequence.
 *
 * @param x `[tokens, width]`
 * @param at `weight`, `[width, width, kernel]`, and `bias`
 */
export function convolution(
  x: Value,
  at: Parameters,
  { width, kernel, places }: { width: number; kernel: number; places: Places },
): Value {
  const weight = at.take("weight", [width, width, kernel]);
  const products = Array.from({ length: kernel }, (_, i) => {
    const part = reshape(slice(weight, { axis: 2, start: i, end: i + 1 }), [width, width]);
    return gemm(neighbours(x, i - (kernel - 1) / 2, places), part, { transposeB: true });
  });
  return add(products.reduce(add), at.take("bias", [width]));
}

/** Of `x`, `[tokens, width]`, the row `offset` tokens further on; 0 past the ends of the sequence. */
export function neighbours(
  x: Value,
  offset: number,
  { tokens: { positions, lengths }, rows }: Places,
): Value {
  if (offset === 0) return x;
  const tokens = { rest: `${x.dim(0)}` };
  const place = add(positions, offset);
  const inside = and(greater(place, -1), less(place, lengths())); // [tokens]
  const own = reshape(rows, [tokens]);
  const picked = gather(x, where(inside, add(own, offset), own)); // [tokens, width]
  return mul(picked, reshape(cast(inside, x.dtype), [tokens, 1]));
}
