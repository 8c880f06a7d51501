/**
 * Gradients of operators that give the same numbers out otherwise: in another type, shape or order,
 * repeated, padded or added up along the way.
 *
 * @module
 */

import { apply } from "../ops/apply.ts";
import { add } from "../ops/arithmetic.ts";
import { cast as castTo } from "../ops/compare.ts";
import { reshape as lay, shapeOf, transpose as turn } from "../ops/layout.ts";
import { slice as cut } from "../ops/pick.ts";
import { integer, numbers } from "../shapes/rule.ts";
import { full, reshapeLike, unbroadcast, withAxes } from "./fit.ts";
import { type GradientRule, operand, refusal, unary } from "./rule.ts";

/** The numbers themselves. */
export const identity: GradientRule = unary((_, { gradient }) => gradient);

/** Between types of floating-point numbers; all others end the way of a gradient. */
export const cast: GradientRule = unary((x, { gradient }) => castTo(gradient, x.dtype));

/** The numbers back in the shape they had. */
export const reshape: GradientRule = unary((x, { gradient, output }) => {
  if (gradient.shape.every((dim) => dim === 1)) return lay(gradient, []);
  return reshapeLike(full(gradient, output), x);
});

/** Sums over what was repeated. */
export const expand: GradientRule = unary((x, { node, gradient, output }) =>
  unbroadcast(gradient, { node, wide: output, narrow: x })
);

/** The axes back in the order they had. */
export const transpose: GradientRule = unary((_, { node, gradient, output }) => {
  const { perm } = node.attributes;
  const order = perm !== undefined && "ints" in perm ? perm.ints : [];
  if (gradient.rank === 0) return gradient;
  return turn(withAxes(gradient, output.rank), order.map((_, axis) => order.indexOf(axis)));
});

/** What lies between the pads. Widths known only at run time are assumed not to be negative. */
export const pad: GradientRule = unary((x, { node, gradient, output }) => {
  const widths = operand({ node }, 1);
  const { graph } = widths;
  const axes = x.shape.map((_, axis) => axis);
  if (numbers(widths)?.some((width) => width < 0)) {
    throw refusal(node, "a width below 0 takes entries away");
  }
  const known = numbers(widths)?.slice(0, x.rank);
  const sizes = x.shape.filter((dim) => typeof dim === "number");
  const starts = known === undefined
    ? cut(widths, { axis: 0, start: 0, end: x.rank })
    : graph.integers(known);
  const ends = known === undefined || sizes.length < x.rank
    ? add(starts, shapeOf(x))
    : graph.integers(known.map((start, axis) => start + (sizes[axis] ?? 0)));
  return apply("Slice", [full(gradient, output), starts, ends, graph.integers(axes)], {
    declared: x.shape,
  });
});

/** Every entry counts in all sums that come after it: sums from the other end. */
export const cumulate: GradientRule = unary((_, { node, gradient, output }) => {
  const reverse = integer(node, "reverse", 0) === 1 ? 0 : 1;
  return apply("CumSum", [full(gradient, output), operand({ node }, 1)], {
    attributes: { ...node.attributes, reverse: { int: reverse } },
  });
});
