/**
 * Elementwise operators. Operands broadcast; a number stands for a constant.
 *
 * @module
 */

import { dtypeCodes, type OpName } from "../shapes.ts";
import type { Dtype, Value } from "../value.ts";
import { apply, lift, type Operand } from "./apply.ts";

/** `a + b` */
export const add = binary("Add");
/** `a - b` */
export const sub = binary("Sub");
/** `a * b`, element by element. */
export const mul = binary("Mul");
/** `a / b` */
export const div = binary("Div");
/** `a` to the power `b`. */
export const pow = binary("Pow");
/** The larger of two. */
export const max = binary("Max");
/** The smaller of two. */
export const min = binary("Min");
/** Whether `a < b`. */
export const less = binary("Less");
/** Whether `a > b`. */
export const greater = binary("Greater");
/** Whether `a = b`. */
export const equal = binary("Equal");

/** Square root. */
export const sqrt = unary("Sqrt");
/** Natural exponential. */
export const exp = unary("Exp");
/** Natural logarithm. */
export const log = unary("Log");
/** Opposite. */
export const neg = unary("Neg");
/** Magnitude. */
export const abs = unary("Abs");
/** Cosine of radians. */
export const cos = unary("Cos");
/** Sine of radians. */
export const sin = unary("Sin");
/** Hyperbolic tangent. */
export const tanh = unary("Tanh");
/** `1 / (1 + exp(-x))` */
export const sigmoid = unary("Sigmoid");
/** `max(x, 0)` */
export const relu = unary("Relu");
/** The error function. */
export const erf = unary("Erf");

/** Gaussian error linear unit, exact or by the tanh formula (arXiv 1606.08415, section 2). */
export function gelu(x: Value, approximate: "none" | "tanh"): Value {
  return apply("Gelu", [x], { attributes: { approximate: { string: approximate } } });
}

/** `a` where the condition holds, `b` elsewhere. */
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

function unary(op: OpName): (x: Value) => Value {
  return (x) => apply(op, [x]);
}

function binary(op: OpName): (a: Value, b: Operand) => Value {
  return (a, b) => apply(op, [a, lift(b, a.dtype, a.graph)]);
}
