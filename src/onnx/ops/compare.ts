/**
 * Comparisons, what is done with their answers, and conversion of element types.
 *
 * @module
 */

import { dtypeCodes } from "../dtypes.ts";
import type { Dtype, Value } from "../value.ts";
import { apply, binary, lift, type Operand } from "./apply.ts";

/** Whether `a < b`. */
export const less = binary("Less");
/** Whether `a <= b`. */
export const lessOrEqual = binary("LessOrEqual");
/** Whether `a > b`. */
export const greater = binary("Greater");
/** Whether `a = b`. */
export const equal = binary("Equal");
/** Whether both hold. */
export const and = binary("And");

/** `a` where the condition holds, `b` elsewhere; two numbers are float32. */
export function where(condition: Value, a: Operand, b: Operand): Value {
  const dtype = typeof a !== "number" ? a.dtype : typeof b !== "number" ? b.dtype : "float32";
  const { graph } = condition;
  return apply("Where", [condition, lift(a, dtype, graph), lift(b, dtype, graph)]);
}

/** The same numbers in another element type; nothing where it has that type already. */
export function cast(x: Value, dtype: Dtype): Value {
  if (x.dtype === dtype) return x;
  return apply("Cast", [x], { attributes: { to: { int: dtypeCodes[dtype] } } });
}
