/**
 * Shape rules of operators that pick numbers out, or put them in, by index.
 *
 * @module
 */

import { agreedShape, axisOf } from "../broadcast.ts";
import { type Dim, UNKNOWN, type Value } from "../value.ts";
import {
  type Application,
  constant,
  expect,
  input,
  integer,
  numbers,
  type ShapeRule,
} from "./rule.ts";

/** An index of any shape, which takes the place of one axis. */
export function gather(application: Application): ReturnType<ShapeRule> {
  const [x, index] = [input(application, 0), input(application, 1, "index")];
  const axis = axisOf(integer(application, "axis"), x.rank);
  const shape = [...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)];
  return [{ dtype: x.dtype, shape }];
}

/** An index per wanted row and one per row that there is, which it came to. */
export function rearrange(application: Application): ReturnType<ShapeRule> {
  const x = input(application, 0, "float");
  const [index, back] = [input(application, 1, "index"), input(application, 2, "index")];
  const fits = x.rank === 2 && index.rank === 1 && back.dtype === index.dtype &&
    agreedShape(back.shape, x.shape.slice(0, 1)) !== undefined;
  expect(
    application,
    fits,
    "it needs rows, which of them to take, and of the same type where each of them went",
  );
  return [{ dtype: x.dtype, shape: index.shape.concat(x.shape.slice(1)) }];
}

/** An index per wanted number, of the input's rank and elsewhere no larger than it. */
export function gatherElements(application: Application): ReturnType<ShapeRule> {
  const [x, index] = [input(application, 0), input(application, 1, "index")];
  expectIndices(application, x, index);
  return [{ dtype: x.dtype, shape: index.shape }];
}

/** An index per number that is put in. */
export function scatterElements(application: Application): ReturnType<ShapeRule> {
  const [x, index] = [input(application, 0), input(application, 1, "index")];
  const updates = input(application, 2);
  expectIndices(application, x, index);
  const fits = updates.dtype === x.dtype &&
    agreedShape(updates.shape, index.shape) !== undefined;
  expect(application, fits, "it needs one update per index, of the element type it updates");
  return [{ dtype: x.dtype, shape: x.shape }];
}

function expectIndices(application: Application, x: Value, index: Value): void {
  const axis = axisOf(integer(application, "axis"), x.rank);
  const fits = index.rank === x.rank && index.shape.every((dim, i) => {
    const whole = x.shape[i];
    return i === axis || typeof dim === "string" || typeof whole === "string" ||
      whole !== undefined && dim <= whole;
  });
  expect(application, fits, "its indices do not lie within what they point into");
}

/** Starts, ends and axes; the axes must be constant. */
export function slice(application: Application): ReturnType<ShapeRule> {
  const { dtype, shape, rank } = input(application, 0);
  const [from, to] = [1, 2].map((i) => numbers(input(application, i, "index")));
  const axes = constant(application, 3).map((axis) => axisOf(axis, rank));
  const sliced = shape.map((dim, axis) => {
    const i = axes.indexOf(axis);
    return i < 0 ? dim : between(dim, from?.[i], to?.[i]);
  });
  return [{ dtype, shape: sliced }];
}

function between(dim: Dim, start: number | undefined, end: number | undefined): Dim {
  if (typeof dim !== "number" || start === undefined || end === undefined) return UNKNOWN;
  const clip = (at: number) => Math.min(Math.max(at < 0 ? at + dim : at, 0), dim);
  return Math.max(clip(end) - clip(start), 0);
}

/** Sizes of the parts; constant, for there is an output each. */
export function split(application: Application): ReturnType<ShapeRule> {
  const { dtype, shape, rank } = input(application, 0);
  const axis = axisOf(integer(application, "axis"), rank);
  const sizes = constant(application, 1);
  const whole = shape[axis];
  const total = sizes.reduce((so, size) => so + size, 0);
  expect(
    application,
    typeof whole === "string" || whole === total,
    `its parts of ${total} do not make up axis ${axis}`,
  );
  return sizes.map((size) => ({ dtype, shape: shape.with(axis, size) }));
}
