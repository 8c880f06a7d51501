/**
 * Arithmetic of shapes: broadcasting, products, sums and axes, with extents that may be names.
 *
 * A name stands for one extent throughout a graph. So a name may turn out to be any number, but two
 * different names are not taken for the same extent unless a shape is declared that says so.
 *
 * @module
 */

import { type Dim, type Shape, UNKNOWN } from "./value.ts";

/** The shape of an elementwise result, by the rule of numpy and ONNX; undefined where there is none. */
export function broadcast(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  return complete(Array.from({ length: rank }, (_, axis) => {
    return broadcastDim(a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1);
  }));
}

function broadcastDim(a: Dim, b: Dim): Dim | undefined {
  if (a === 1) return b;
  if (b === 1) return a;
  const unsure = [a, b].includes(UNKNOWN) && typeof a === typeof b; // either may turn out to be 1
  return unsure ? UNKNOWN : agreed(a, b);
}

/** The better known of two extents that must be the same; undefined where they cannot be. */
export function agreed(a: Dim, b: Dim): Dim | undefined {
  if (a === b || b === UNKNOWN) return a;
  if (a === UNKNOWN) return b;
  if (typeof a === "number") return typeof b === "number" ? undefined : a;
  return typeof b === "number" ? b : undefined;
}

/** The better known of two shapes that must be the same; undefined where they cannot be. */
export function agreedShape(a: Shape, b: Shape): Shape | undefined {
  if (a.length !== b.length) return undefined;
  return complete(a.map((dim, axis) => agreed(dim, b[axis] ?? UNKNOWN)));
}

function complete(dims: readonly (Dim | undefined)[]): Shape | undefined {
  const known = dims.filter((dim) => dim !== undefined);
  return known.length === dims.length ? known : undefined;
}

/** How many numbers a shape holds: a factor that is known, and the names that it is multiplied with. */
export function size(shape: Shape): { known: number; names: readonly string[] } {
  const known = shape.reduce<number>((so, dim) => typeof dim === "number" ? so * dim : so, 1);
  if (known === 0) return { known, names: [] };
  return { known, names: shape.filter((dim) => typeof dim === "string").toSorted() };
}

/** The sum of extents along a concatenated axis. */
export function sum(dims: Shape): Dim {
  const names = dims.filter((dim) => typeof dim === "string");
  const known = dims.reduce<number>((so, dim) => typeof dim === "number" ? so + dim : so, 0);
  if (names.length === 0) return known;
  if (names.includes(UNKNOWN)) return UNKNOWN;
  return names.join("+") + (known > 0 ? `+${known}` : known < 0 ? known : "");
}

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  const front = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(front) || front < 0 || front >= rank) {
    throw new TypeError(`Cannot use an axis that is not there: received ${axis} at rank ${rank}`);
  }
  return front;
}
