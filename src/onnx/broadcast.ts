/**
 * Arithmetic of shapes: broadcasting, products and axes, with extents that may be names.
 *
 * @module
 */

import type { Dim, Shape } from "./value.ts";

/** The shape of an elementwise result, by the rule of numpy and ONNX. */
export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    return broadcastDim(left, right, [a, b]);
  });
}

/**
 * One axis of a broadcast. A name beside a number greater than 1 must turn out to be that number; two
 * different names must turn out equal: the first is kept and the runtime checks it.
 */
function broadcastDim(a: Dim, b: Dim, [left, right]: [Shape, Shape]): Dim {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  if (typeof a === "number" && typeof b === "number") {
    throw new TypeError(`Cannot broadcast [${left.join(", ")}] with [${right.join(", ")}]`);
  }
  return typeof a === "number" ? a : typeof b === "number" ? b : a;
}

/** Whether two extents can be the same. */
export function compatible(a: Dim, b: Dim): boolean {
  return typeof a === "string" || typeof b === "string" || a === b;
}

/** The product of extents: a number where all are known, else a readable name. */
export function product(dims: Shape): Dim {
  let known = 1;
  const names: string[] = [];
  for (const dim of dims) {
    if (typeof dim === "number") known *= dim;
    else names.push(dim);
  }
  if (names.length === 0) return known;
  return known === 1 && names.length === 1 ? names[0] ?? known : [
    ...(known === 1 ? [] : [known]),
    ...names,
  ].join("*");
}

/** The sum of extents along a concatenated axis. */
export function sum(dims: Shape): Dim {
  let known = 0;
  const names: string[] = [];
  for (const dim of dims) {
    if (typeof dim === "number") known += dim;
    else names.push(dim);
  }
  if (names.length === 0) return known;
  return [...names, ...(known === 0 ? [] : [known])].join("+");
}

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  const front = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(front) || front < 0 || front >= rank) {
    throw new TypeError(`Cannot use axis ${axis} of a tensor of rank ${rank}`);
  }
  return front;
}
