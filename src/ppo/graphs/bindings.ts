/**
 * Bindings: the persistent tensors that a run reads and replaces. Pure.
 *
 * @module
 */

import type { Feed } from "../../engine/runtime.ts";

/** Tensors that inputs of the same names read. */
export function inPlace(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, name]));
}

/** Tensors that are replaced by the outputs of their names with `.next`. */
export function replaced(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [`${name}.next`, name]));
}

/** A feed of one number. */
export function scalar(number: number): Feed {
  return { data: Float32Array.of(number), dims: [] };
}
