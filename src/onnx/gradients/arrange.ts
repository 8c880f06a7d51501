/**
 * Gradients of operators that lay the same numbers out otherwise, join them or cut them.
 *
 * @module
 */

import { axisOf } from "../broadcast.ts";
import { apply } from "../ops/apply.ts";
import { add, max, min, sub } from "../ops/arithmetic.ts";
import { less, where } from "../ops/compare.ts";
import type { Size } from "../ops/extent.ts";
import {
  concat as join,
  pad as fill,
  reshape as lay,
  shapeOf,
  transpose as turn,
} from "../ops/layout.ts";
import { slice as cut } from "../ops/pick.ts";
import { constant, integer, numbers } from "../shapes/rule.ts";
import type { Value } from "../value.ts";
import { extent, full, reshapeLike, unbroadcast, withAxes, zeros } from "./fit.ts";
import { type Backward, type GradientRule, operand, refusal, unary } from "./rule.ts";

/** The last entry of any axis, for slices. */
const END = 2 ** 31 - 1;

/** The numbers themselves. */
export const identity: GradientRule = unary((_, { gradient }) => gradient);

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

/** To every part, what its place in the whole got. */
export const concat: GradientRule = ({ node, gradient, output }) => {
  const axis = axisOf(integer(node, "axis"), output.rank);
  const parts = node.inputs.map((_, i) => operand({ node }, i));
  const same = gradient.rank === 0 || gradient.shape.at(axis - output.rank) !== output.dim(axis);
  return parts.map((part, i) => () => {
    if (same || parts.length === 1) return gradient;
    const [start, end] = [boundary(parts, axis, i), boundary(parts, axis, i + 1)];
    return cut(withAxes(gradient, output.rank), { axis, start, end, name: `${part.dim(axis)}` });
  });
};

/** Where part `i` begins: counted from whichever end is reached through known extents. */
function boundary(parts: readonly Value[], axis: number, i: number): number | Value {
  const sizes = parts.map((part) => part.dim(axis));
  const before = sizes.slice(0, i).filter((size) => typeof size === "number");
  const after = sizes.slice(i).filter((size) => typeof size === "number");
  if (before.length === i) return before.reduce((so, size) => so + size, 0);
  if (after.length === sizes.length - i) {
    return -after.reduce((so, size) => so + size, 0) || END; // the end itself is not 0 before it
  }
  return parts.slice(0, i).map((part) => numberOr(extent(part, axis), part)).reduce(plus);
}

function numberOr(size: number | Size, { graph }: Value): Value {
  return typeof size === "number" ? graph.integers([size]) : size.value;
}

function plus(a: Value, b: Value): Value {
  return add(a, b);
}

/** The parts joined; a part that nobody used got nothing. */
export const split: GradientRule = ({ node, gradients }) => {
  const axis = axisOf(integer(node, "axis"), operand({ node }, 0).rank);
  const parts = () => node.outputs.map((output, i) => full(gradients[i] ?? zeros(output), output));
  return [() => join(parts(), axis)];
};

/** What was cut out got it, the rest got nothing. */
export const slice: GradientRule = (at) => {
  const { node, gradient, output } = at;
  const x = operand(at, 0);
  const axes = constant(node, 3);
  const [axis] = axes.map((each) => axisOf(each, x.rank));
  if (axes.length !== 1 || axis === undefined || node.inputs.length > 4) {
    throw refusal(node, "it does not cut one axis by steps of 1");
  }
  const whole = x.dim(axis);
  const [start] = numbers(operand(at, 1)) ?? [];
  const size = output.dim(axis);
  const cutOut = () => full(gradient, output);
  if (typeof whole === "number" && typeof size === "number" && start !== undefined) {
    const first = Math.min(Math.max(start < 0 ? start + whole : start, 0), whole);
    return [{ part: { axis, start: first, end: first + size, gradient: cutOut } }];
  }
  return [() => filled(cutOut(), at, axis)];
};

/** A cut-out back in its place, which only the runtime knows. */
function filled(gradient: Value, at: Backward, axis: number): Value {
  const [x, start] = [operand(at, 0), operand(at, 1)];
  const whole = numberOr(extent(x, axis), x);
  const from = where(less(start, 0), add(start, whole), start);
  const before = max(min(from, whole), 0);
  const after = sub(whole, add(before, numberOr(extent(gradient, axis), x)));
  const none = x.shape.map(() => 0);
  const sized = (value: Value) =>
    none.with(axis, 0).map((zero, i) => i === axis ? { name: "?", value } : zero);
  return fill(gradient, { before: sized(before), after: sized(after), declared: x.shape });
}

/** What stands between the pads. */
export const pad: GradientRule = unary((x, { node, gradient, output }) => {
  const widths = operand({ node }, 1);
  const { graph } = widths;
  const axes = x.shape.map((_, axis) => axis);
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
