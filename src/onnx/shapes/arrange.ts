/**
 * Shape rules of operators that lay numbers out otherwise, join them or reduce them.
 *
 * @module
 */

import { agreedShape, axisOf, broadcast, size, sum } from "../broadcast.ts";
import { type Dim, type Facts, type Shape, UNKNOWN } from "../value.ts";
import {
  type Application,
  constant,
  expect,
  extents,
  input,
  integer,
  numbers,
  type ShapeRule,
} from "./rule.ts";

/** Parts that agree off one axis, whose extents add up. */
export function concat(application: Application): ReturnType<ShapeRule> {
  const first = input(application, 0);
  const parts = application.inputs.map((_, i) => input(application, i));
  const axis = axisOf(integer(application, "axis"), first.rank);
  let shape: Shape = first.shape;
  for (const { dtype, shape: other } of parts) {
    const whole = shape[axis] ?? UNKNOWN;
    const alike = dtype === first.dtype && other.length === shape.length
      ? agreedShape(shape, other.with(axis, whole))
      : undefined;
    expect(application, alike !== undefined, `its parts differ off axis ${axis}`);
    shape = alike;
  }
  return [{
    dtype: first.dtype,
    shape: shape.with(axis, sum(parts.map((each) => each.dim(axis)))),
  }];
}

/** Axes of extent 1 repeated to a given shape. */
export function expand(application: Application): ReturnType<ShapeRule> {
  const { dtype, shape } = input(application, 0);
  const target = extents(application, 1);
  const wide = broadcast(shape, target);
  expect(application, wide !== undefined, `it does not expand to [${target.join(", ")}]`);
  return [{ dtype, shape: wide }];
}

/** Widths before every axis, then widths after every axis. */
export function pad(application: Application): ReturnType<ShapeRule> {
  const { dtype, shape, rank } = input(application, 0);
  const widths = extents(application, 1);
  expect(application, widths.length === 2 * rank, "it needs two widths per axis");
  return [{
    dtype,
    shape: shape.map((dim, axis) => sum([dim, widths[axis] ?? 0, widths[axis + rank] ?? 0])),
  }];
}

/** From a start to a limit by a step, all scalars. */
export function range(application: Application): ReturnType<ShapeRule> {
  const { dtype } = input(application, 0, "number");
  const parts = [0, 1, 2].map((i) => input(application, i));
  const scalars = parts.every((part) => part.rank === 0 && part.dtype === dtype);
  expect(application, scalars, "it needs three scalars of one element type");
  const [start, limit, step] = parts.flatMap((part) => numbers(part) ?? NaN);
  const count = Math.ceil(((limit ?? NaN) - (start ?? NaN)) / (step ?? NaN));
  return [{ dtype, shape: [Number.isNaN(count) ? UNKNOWN : Math.max(0, count)] }];
}

/** Axes, given as a constant, that become 1 or go away. */
export function reduce(application: Application): ReturnType<ShapeRule> {
  const { dtype, shape, rank } = input(application, 0, "number");
  const axes = constant(application, 1).map((axis) => axisOf(axis, rank));
  const reduced = new Set(axes);
  // ONNX takes an empty list for all axes, which is not what a list of axes is written for.
  expect(application, reduced.size === axes.length && reduced.size > 0, "its axes must differ");
  const keep = integer(application, "keepdims", 1) === 1;
  const kept = shape.flatMap((dim, axis): Dim[] => reduced.has(axis) ? keep ? [1] : [] : [dim]);
  return [{ dtype, shape: kept }];
}

/** The same numbers; 0 keeps an extent, -1 is what is left. */
export function reshape(application: Application): ReturnType<ShapeRule> {
  const { dtype, shape } = input(application, 0);
  const asked = extents(application, 1);
  const wanted = asked.map((dim, axis) => dim === 0 ? shape[axis] ?? 0 : dim);
  const rests = wanted.filter((dim) => dim === -1).length;
  const [have, want] = [size(shape), size(wanted.filter((dim) => dim !== -1))];
  if (have.names.length > 0 || want.names.length > 0) {
    return [{ dtype, shape: wanted.map((dim) => dim === -1 ? UNKNOWN : dim) }];
  }
  const rest = have.known / want.known;
  const fits = rests === 0 ? have.known === want.known : rests === 1 && Number.isInteger(rest);
  expect(application, fits, `it does not fill [${asked.join(", ")}]`);
  return [{ dtype, shape: wanted.map((dim) => dim === -1 ? rest : dim) }];
}

/** The extents themselves. */
export function shapeOf(application: Application): readonly Facts[] {
  return [{ dtype: "int64", shape: [input(application, 0).rank] }];
}

/** An order of all axes. */
export function transpose(application: Application): ReturnType<ShapeRule> {
  const { dtype, shape, rank } = input(application, 0);
  const order = application.attributes["perm"];
  const axes = order !== undefined && "ints" in order ? order.ints : [];
  const complete = axes.length === rank && shape.every((_, axis) => axes.includes(axis));
  expect(application, complete, `[${axes.join(", ")}] is no order of its axes`);
  return [{ dtype, shape: axes.map((axis) => shape[axis] ?? UNKNOWN) }];
}
