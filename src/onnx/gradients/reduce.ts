/**
 * Gradients of operators that reduce axes. What a sum gives to all of its terms alike is not repeated.
 *
 * @module
 */

import { axisOf } from "../broadcast.ts";
import { softmax } from "../ops/activations.ts";
import { sub } from "../ops/arithmetic.ts";
import { cast, equal, where } from "../ops/compare.ts";
import { exp } from "../ops/functions.ts";
import { reshape } from "../ops/layout.ts";
import { reduceSum as sum } from "../ops/reduce.ts";
import { constant, integer } from "../shapes/rule.ts";
import type { Value } from "../value.ts";
import { extent, withAxes } from "./fit.ts";
import { type Backward, type GradientRule, operand, unary } from "./rule.ts";
import { over, times } from "./scale.ts";

/** Every term counts once. */
export const reduceSum: GradientRule = unary((_, at) => kept(at, at.gradient));

/** Every term counts by its share. */
export const reduceMean: GradientRule = unary((x, at) =>
  axesOf(at).reduce((gradient, axis) => {
    const size = extent(x, axis);
    if (typeof size === "number") return over(gradient, size);
    return over(gradient, cast(reshape(size.value, []), x.dtype));
  }, kept(at, at.gradient))
);

/** All to the largest, or to the smallest; shared evenly where several are. */
export const extreme: GradientRule = unary((x, at) => {
  const found = equal(x, kept(at, at.output));
  const count = sum(cast(found, x.dtype), axesOf(at), { keep: true });
  return where(found, over(kept(at, at.gradient), count), 0);
});

/** The softmax over the axes, which has a kernel where that is the last one only. */
export const reduceLogSumExp: GradientRule = unary((x, at) => {
  const [axis, ...more] = axesOf(at);
  const last = axis === x.rank - 1 && more.length === 0;
  const weights = last ? softmax(x) : exp(sub(x, kept(at, at.output)));
  return times(kept(at, at.gradient), weights);
});

function axesOf(at: Backward): readonly number[] {
  const { rank } = operand(at, 0);
  return constant(at.node, 1).map((axis) => axisOf(axis, rank));
}

/** What is held per reduced entry, with the reduced axes back at extent 1. */
function kept(at: Backward, reduced: Value): Value {
  if (integer(at.node, "keepdims", 1) === 1) return reduced;
  return withAxes(reduced, operand(at, 0).rank, axesOf(at));
}
