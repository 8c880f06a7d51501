/**
 * Activation functions that are operators of their own.
 *
 * @module
 */

import type { Value } from "../value.ts";
import { apply, unary } from "./apply.ts";

/** Hyperbolic tangent. */
export const tanh = unary("Tanh");
/** `1 / (1 + exp(-x))` */
export const sigmoid = unary("Sigmoid");
/** `max(x, 0)` */
export const relu = unary("Relu");

/** Gaussian error linear unit, exact or by the tanh formula (arXiv 1606.08415, section 2). */
export function gelu(x: Value, approximate: "none" | "tanh"): Value {
  return apply("Gelu", [x], { attributes: { approximate: { string: approximate } } });
}

/** Softmax over the last axis. */
export function softmax(x: Value): Value {
  return apply("Softmax", [x], { attributes: { axis: { int: -1 } } });
}
