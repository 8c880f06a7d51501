/**
 * Operators that lay the same numbers out otherwise: reshape, expand, transpose, join, pad.
 *
 * @module
 */

import { broadcast, size } from "../broadcast.ts";
import { describe, type Shape, UNKNOWN, type Value } from "../value.ts";
import { apply, graphOf } from "./apply.ts";
import { dimOf, type Extent, scalarOf, type Size, vector } from "./extent.ts";

/** The same numbers in another shape. */
export function reshape(x: Value, shape: readonly Extent[]): Value {
  const declared = shape.map(dimOf);
  const [have, want] = [size(x.shape), size(declared)];
  const comparable = have.names.join() === want.names.join() && !have.names.includes(UNKNOWN);
  if (comparable && have.known !== want.known) {
    throw new TypeError(
      `Cannot reshape to [${declared.join(", ")}] as it holds another count of numbers: received ${
        describe(x)
      }`,
    );
  }
  return apply("Reshape", [x, vector(x, shape)], { declared });
}

/** Repeats along axes of extent 1. */
export function expand(x: Value, shape: readonly (number | Size)[]): Value {
  const declared = broadcast(x.shape, shape.map(dimOf));
  const options = declared === undefined ? {} : { declared };
  return apply("Expand", [x, vector(x, shape)], options);
}

/** Axis `i` of the result is axis `order[i]` of `x`. */
export function transpose(x: Value, order: readonly number[]): Value {
  return apply("Transpose", [x], { attributes: { perm: { ints: order } } });
}

/** Joins along an existing axis. */
export function concat(parts: readonly Value[], axis: number): Value {
  return apply("Concat", parts, { attributes: { axis: { int: axis } } });
}

/** How wide to pad, and with what. */
export interface Padding {
  /** Per axis. */
  readonly before: readonly (number | Size)[];
  /** Per axis. */
  readonly after: readonly (number | Size)[];
  /** @default 0 */
  readonly fill?: number;
  /** Names for the extents that result. */
  readonly declared?: Shape;
}

/** Adds `fill` before and after what is there. */
export function pad(x: Value, { before, after, fill = 0, declared }: Padding): Value {
  const inputs = [x, vector(x, [...before, ...after]), graphOf([x]).scalar(x.dtype, fill)];
  return apply("Pad", inputs, declared === undefined ? {} : { declared });
}

/** The extents of `x` as int64. */
export function shapeOf(x: Value): Value {
  return apply("Shape", [x]);
}

/** `0, 1, ..., size - 1` as int64. */
export function range(size: Size): Value {
  const { graph } = size.value;
  const [zero, one] = [graph.scalar("int64", 0), graph.scalar("int64", 1)];
  return apply("Range", [zero, scalarOf(size), one], { declared: [size.name] });
}
