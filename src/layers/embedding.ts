/**
 * Look-up of rows of a table by token or by position.
 *
 * @module
 */

import { gather } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { Parameters } from "./parameters.ts";

/** Rows `index` of the table `weight`, `[count, width]`. */
export function embedding(
  index: Value,
  at: Parameters,
  { count, width }: { count: number; width: number },
): Value {
  return gather(at.take("weight", [count, width]), index);
}
