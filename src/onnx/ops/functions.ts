/**
 * Functions of one tensor, element by element.
 *
 * @module
 */

import { unary } from "./apply.ts";

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
/** The error function. */
export const erf = unary("Erf");
