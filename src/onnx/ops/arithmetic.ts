/**
 * Arithmetic of two operands, element by element. Operands broadcast; a number stands for a constant.
 *
 * @module
 */

import { binary } from "./apply.ts";

/** `a + b` */
export const add = binary("Add");
/** `a - b` */
export const sub = binary("Sub");
/** `a * b`, element by element. */
export const mul = binary("Mul");
/** `a / b`; of integers, rounded towards zero. */
export const div = binary("Div");
/** `a` to the power `b`. */
export const pow = binary("Pow");
/** The larger of two. */
export const max = binary("Max");
/** The smaller of two. */
export const min = binary("Min");
