/**
 * Readings: numbers out of what a session put out, checked.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { Outputs } from "./arrays.ts";

/**
 * Reads rows of an output of two axes.
 *
 * @throws {TypeError} where it is not there or not of float32
 */
export function floatRows(name: string, outputs: Outputs): (row: number) => Float32Array {
  const { data, dims = [] } = outputs[name] ?? {};
  if (!(data instanceof Float32Array)) {
    throw new TypeError(
      `Cannot read the output "${name}" as float32: received ${data?.constructor.name ?? "none"}`,
    );
  }
  const columns = dims[1] ?? 1;
  return (row) => data.subarray(row * columns, (row + 1) * columns);
}

/** @throws {AbacusError} `model_failure` at `[index]`, the query whose numbers they are */
export function expectFinite(
  numbers: Float32Array,
  { what, index }: { what: string; index: number },
): void {
  const found = numbers.find((number) => !Number.isFinite(number));
  if (found === undefined) return;
  throw new AbacusError(
    "model_failure",
    `Cannot use ${what} that is not finite: received ${found}`,
    { path: `[${index}]` },
  );
}
