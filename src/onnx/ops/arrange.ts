/**
 * Operators that move numbers without changing them: reshape, transpose, gather, slice and the like.
 *
 * @module
 */

import { UNKNOWN } from "../shapes.ts";
import type { Dim, Shape, Value } from "../value.ts";
import { apply, graphOf } from "./apply.ts";

/** An extent that the runtime computes, int64 and scalar or a vector of one, with a name to print. */
export interface Size {
  readonly name: string;
  readonly value: Value;
}

/** The one extent of a reshape that is whatever is left, under a name to print. */
export interface Rest {
  readonly rest: string;
}

/** An extent to reshape to. */
export type Extent = number | Size | Rest;

/** The same numbers in another shape. */
export function reshape(x: Value, shape: readonly Extent[]): Value {
  return apply("Reshape", [x, vector(x, shape)], { declared: shape.map(dimOf) });
}

/** Repeats along axes of extent 1. */
export function expand(x: Value, shape: readonly Extent[]): Value {
  return apply("Expand", [x, vector(x, shape)]);
}

/** Axis `i` of the result is axis `order[i]` of `x`. */
export function transpose(x: Value, order: readonly number[]): Value {
  return apply("Transpose", [x], { attributes: { perm: { ints: order } } });
}

/** Joins along an existing axis. */
export function concat(parts: readonly Value[], axis: number): Value {
  return apply("Concat", parts, { attributes: { axis: { int: axis } } });
}

/** The entries of `x` at `index` along `axis`; `index` may have any shape. */
export function gather(x: Value, index: Value, axis = 0): Value {
  return apply("Gather", [x, index], { attributes: { axis: { int: axis } } });
}

/** Where to cut: ends are exclusive; a `Value` is a scalar int64 known when the graph runs. */
export interface Cut {
  axis: number;
  start: number | Value;
  end: number | Value;
  /** The name of the extent that remains, where the rule cannot know it. */
  name?: string;
}

/** The part of `x` from `start` to `end` along one axis. */
export function slice(x: Value, { axis, start, end, name }: Cut): Value {
  const inputs = [
    x,
    vector(x, [sized(start)]),
    vector(x, [sized(end)]),
    graphOf([x]).integers([axis]),
  ];
  if (name === undefined) return apply("Slice", inputs);
  const front = axis < 0 ? axis + x.rank : axis;
  return apply("Slice", inputs, { declared: x.shape.with(front, name) });
}

/** Cuts an axis into parts of the given sizes. */
export function split(x: Value, sizes: readonly number[], axis: number): readonly Value[] {
  const graph = graphOf([x]);
  return graph.emit("Split", [x, graph.integers(sizes)], { attributes: { axis: { int: axis } } });
}

/** `0, 1, ..., size - 1` as int64. */
export function range(size: Size): Value {
  const { graph, rank } = size.value;
  const end = rank === 0 ? size.value : apply("Reshape", [size.value, graph.integers([])]);
  const [zero, one] = [graph.scalar("int64", 0), graph.scalar("int64", 1)];
  return apply("Range", [zero, end, one], { declared: [size.name] });
}

/** Appends zeros (or `fill`) along the last axes: `[before..., after...]` per axis. */
export function pad(x: Value, widths: readonly Extent[], fill: number, declared: Shape): Value {
  const inputs = [x, vector(x, widths), graphOf([x]).scalar(x.dtype, fill)];
  return apply("Pad", inputs, { declared });
}

/** The extents of `x` as int64. */
export function shapeOf(x: Value): Value {
  return apply("Shape", [x]);
}

function sized(at: number | Value): Extent {
  return typeof at === "number" ? at : { name: UNKNOWN, value: at };
}

function dimOf(extent: Extent): Dim {
  return typeof extent === "number" ? extent : "rest" in extent ? extent.rest : extent.name;
}

/** Extents as an int64 vector: a constant where all are numbers, else joined when the graph runs. */
function vector(x: Value, shape: readonly Extent[]): Value {
  const graph = graphOf([x]);
  const known = shape.map((extent) =>
    typeof extent === "number" ? extent : "rest" in extent ? -1 : undefined
  );
  const numbers = known.filter((extent) => extent !== undefined);
  if (numbers.length === shape.length) return graph.integers(numbers);
  const parts = shape.map((extent, i) =>
    typeof extent === "object" && "value" in extent
      ? entry(extent.value)
      : graph.integers([known[i] ?? -1])
  );
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : concat(parts, 0);
}

/** A scalar as a vector of one entry. */
function entry(scalar: Value): Value {
  if (scalar.rank === 1) return scalar;
  return apply("Reshape", [scalar, scalar.graph.integers([1])]);
}
