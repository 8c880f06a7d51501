/**
 * Look-up of rows of a table by token or by position.
 *
 * @module
 */

import { gather } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { Parameters, WeightSource } from "./parameters.ts";

/** The extents of a table. */
export interface TableShape {
  /** Rows. */
  readonly count: number;
  /** Columns. */
  readonly width: number;
}

/** Rows `index` of the table `weight`, `[count, width]`. */
export function embedding(index: Value, at: Parameters, shape: TableShape): Value {
  return at.rows(index, shape);
}

/** {@linkcode WeightSource.rows} over tensors that `take` returns as floating-point numbers. */
export function rowsOf(
  take: WeightSource["take"],
  index: Value,
  { name, shape: { count, width } }: { name: string; shape: TableShape },
): Value {
  return gather(take(`${name}.weight`, [count, width]), index);
}
