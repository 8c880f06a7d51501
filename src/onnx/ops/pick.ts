/**
 * Operators that pick numbers out, or add them in, by index or by range.
 *
 * @module
 */

import { axisOf } from "../broadcast.ts";
import { UNKNOWN, type Value } from "../value.ts";
import { apply, graphOf } from "./apply.ts";
import { cast } from "./compare.ts";
import { type Extent, vector } from "./extent.ts";

/** The entries of `x` at `index` along `axis`; `index` may have any shape. */
export function gather(x: Value, index: Value, axis = 0): Value {
  return apply("Gather", [x, index], { attributes: { axis: { int: axis } } });
}

/** For every index the entry of `x` at that index along `axis` and at its own place otherwise. */
export function gatherElements(x: Value, index: Value, axis: number): Value {
  return apply("GatherElements", [x, index], { attributes: { axis: { int: axis } } });
}

/** Where {@linkcode scatterAdd} adds what. */
export interface Scattering {
  /** The shape of `updates`, of the rank of what they are added to. */
  readonly index: Value;
  readonly updates: Value;
  readonly axis: number;
}

/**
 * `x` with every update added at its index along `axis` and at its own place otherwise; updates of equal
 * indices add up. ScatterElements, for ScatterND loses some of those when it runs on several threads.
 * Half precision is added up in float32: the CPU has no other kernel, and long sums would lose too much.
 */
export function scatterAdd(x: Value, { index, updates, axis }: Scattering): Value {
  const inFull = (value: Value) =>
    value.dtype === "float16" || value.dtype === "bfloat16" ? cast(value, "float32") : value;
  const sum = apply("ScatterElements", [inFull(x), index, inFull(updates)], {
    attributes: { axis: { int: axis }, reduction: { string: "add" } },
  });
  return cast(sum, x.dtype);
}

/** Where to cut: ends are exclusive; a `Value` is an int64 known when the graph runs. */
export interface Cut {
  axis: number;
  start: number | Value;
  end: number | Value;
  /** The name of the extent that remains, where the rule cannot know it. */
  name?: string;
}

/** The part of `x` from `start` to `end` along one axis; negative numbers count from the end. */
export function slice(x: Value, { axis, start, end, name = UNKNOWN }: Cut): Value {
  const axes = graphOf([x]).integers([axis]);
  const inputs = [x, vector(x, [sized(start)]), vector(x, [sized(end)]), axes];
  return apply("Slice", inputs, { declared: x.shape.with(axisOf(axis, x.rank), name) });
}

/** Cuts an axis into parts of the given sizes. */
export function split(x: Value, sizes: readonly number[], axis: number): readonly Value[] {
  const graph = graphOf([x]);
  return graph.emit("Split", [x, graph.integers(sizes)], { attributes: { axis: { int: axis } } });
}

/** The `count` largest entries along the last axis, largest first. */
export function largest(x: Value, count: number): Value {
  const graph = graphOf([x]);
  const attributes = { axis: { int: -1 } };
  const [values] = graph.emit("TopK", [x, graph.integers([count])], { attributes });
  if (values === undefined) throw new TypeError("Cannot use TopK as it has no output");
  return values;
}

function sized(at: number | Value): Extent {
  return typeof at === "number" ? at : { name: UNKNOWN, value: at };
}
