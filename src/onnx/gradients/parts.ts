/**
 * Gradients of operators that join parts, divide into parts or cut a part out.
 *
 * @module
 */

import { axisOf } from "../broadcast.ts";
import { apply } from "../ops/apply.ts";
import { add, max, min, sub } from "../ops/arithmetic.ts";
import { less, where } from "../ops/compare.ts";
import { concat as join, pad } from "../ops/layout.ts";
import { constant, integer, numbers } from "../shapes/rule.ts";
import type { Dim, Value } from "../value.ts";
import { extent, full, withAxes, zeros } from "./fit.ts";
import { type Backward, type GradientRule, operand, refusal } from "./rule.ts";

/** The last entry of any axis, for slices. */
const END = 2 ** 31 - 1;

/** To every part, what its place in the whole got. */
export const concat: GradientRule = ({ node, gradient, output }) => {
  const axis = axisOf(integer(node, "axis"), output.rank);
  const parts = node.inputs.map((_, i) => operand({ node }, i));
  // Under another name it is as long as the whole all the same: only 1 is repeated.
  const along = gradient.shape.at(axis - output.rank);
  const same = along === undefined || along === 1 && output.dim(axis) !== 1;
  return parts.map((part, i) => () => {
    if (same || parts.length === 1) return gradient;
    const [start, end] = [boundary(parts, axis, i), boundary(parts, axis, i + 1)];
    return cut(withAxes(gradient, output.rank), { axis, start, end, size: part.dim(axis) });
  });
};

/** From one boundary to another, as many entries as are known to lie between. */
function cut(
  x: Value,
  { axis, start, end, size }: { axis: number; start: Place; end: Place; size: Dim },
): Value {
  const axes = x.graph.integers([axis]);
  return apply("Slice", [x, vectorOf(start, x), vectorOf(end, x), axes], {
    declared: x.shape.with(axis, size),
  });
}

/** A number, or an int64 vector of one that is known when the graph runs. */
type Place = number | Value;

function vectorOf(place: Place, { graph }: Value): Value {
  return typeof place === "number" ? graph.integers([place]) : place;
}

/** Where part `i` begins: counted from whichever end is reached through known extents. */
function boundary(parts: readonly Value[], axis: number, i: number): Place {
  const sizes = parts.map((part) => part.dim(axis));
  const before = sizes.slice(0, i).filter((size) => typeof size === "number");
  const after = sizes.slice(i).filter((size) => typeof size === "number");
  if (before.length === i) return before.reduce((so, size) => so + size, 0);
  if (after.length === sizes.length - i) {
    return -after.reduce((so, size) => so + size, 0) || END; // the end itself is not 0 before it
  }
  return parts.slice(0, i).map((part) => sizeOf(part, axis)).reduce((so, size) => add(so, size));
}

/** An extent as a vector of one. */
function sizeOf(x: Value, axis: number): Value {
  const size = extent(x, axis);
  return vectorOf(typeof size === "number" ? size : size.value, x);
}

/** The parts joined; the gradient of an unused part is zero. */
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
  const whole = sizeOf(x, axis);
  const fromFront = where(less(start, 0), add(start, whole), start);
  const before = max(min(fromFront, whole), 0);
  const after = sub(whole, add(before, sizeOf(gradient, axis)));
  const along = (value: Value) => x.shape.map((_, i) => i === axis ? { name: "pad", value } : 0);
  return pad(gradient, { before: along(before), after: along(after), declared: x.shape });
}
