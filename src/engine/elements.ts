/**
 * Elements: the element types that cross the border of a graph, and the array that holds each.
 *
 * @module
 */

import { type Feed, type Numbers, sizeOf } from "./arrays.ts";

const arrays = {
  float32: Float32Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  uint8: Uint8Array,
} as const;

/** An element type that inputs and outputs may have. */
export type Element = keyof typeof arrays;

/** Whether arrays of an element type can be fed and read. */
export function isElement(dtype: string): dtype is Element {
  return Object.hasOwn(arrays, dtype);
}

/** Whether an array is the one that holds elements of a type. */
export function holds(element: Element, data: unknown): data is Numbers {
  return data instanceof arrays[element];
}

/** Zeros to be written over. */
export function allocate(element: Element, dims: readonly number[]): Feed {
  return { data: new arrays[element](sizeOf(dims)), dims };
}
