/**
 * Operators that reduce axes.
 *
 * @module
 */

import type { OpName } from "../shapes.ts";
import type { Value } from "../value.ts";
import { apply, graphOf } from "./apply.ts";

/** Whether reduced axes stay, with extent 1. */
export interface ReduceOptions {
  keep?: boolean;
}

type Reduction = (x: Value, axes: readonly number[], options?: ReduceOptions) => Value;

/** The sum over axes. */
export const reduceSum = reduction("ReduceSum");
/** The mean over axes. */
export const reduceMean = reduction("ReduceMean");
/** The largest over axes. */
export const reduceMax = reduction("ReduceMax");
/** The smallest over axes. */
export const reduceMin = reduction("ReduceMin");
/** `log(sum(exp(x)))` over axes. */
export const reduceLogSumExp = reduction("ReduceLogSumExp");

/** Over no axes, each of these is the tensor itself; ONNX would take that for all axes. */
function reduction(op: OpName): Reduction {
  return (x, axes, { keep = false } = {}) => {
    if (axes.length === 0) return x;
    return apply(op, [x, graphOf([x]).integers(axes)], {
      attributes: { keepdims: { int: keep ? 1 : 0 } },
    });
  };
}

/** Running sums along an axis. */
export function cumulativeSum(x: Value, axis: number): Value {
  return apply("CumSum", [x, graphOf([x]).scalar("int64", axis)]);
}
