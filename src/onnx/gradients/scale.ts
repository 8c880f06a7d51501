/**
 * Products of gradients, which often are nothing but a number: those cost no node.
 *
 * @module
 */

import { div, mul, sub } from "../ops/arithmetic.ts";
import { neg } from "../ops/functions.ts";
import { numbers } from "../shapes/rule.ts";
import type { Value } from "../value.ts";
import type { Contribution } from "./rule.ts";

/** `a * b`, worked out at once where both are numbers, and left out where one of them is 1. */
export function times(a: Value, b: Value | number): Value {
  const [left, right] = [numberOf(a), typeof b === "number" ? b : numberOf(b)];
  if (left !== undefined && right !== undefined) return a.graph.scalar(a.dtype, left * right);
  if (right === 1) return a;
  if (left === 1 && typeof b !== "number") return b;
  return mul(a, b);
}

/** `a / b`, by {@linkcode times} where `b` is a number. */
export function over(a: Value, b: Value | number): Value {
  const divisor = typeof b === "number" ? b : numberOf(b);
  return divisor === undefined ? div(a, b) : times(a, 1 / divisor);
}

/** `-a` */
export function opposite(a: Value): Value {
  return numberOf(a) === undefined ? neg(a) : times(a, -1);
}

/** A contribution that is taken away: no pass over it alone where it has something to go from. */
export function minus(make: () => Value): Contribution {
  return { onto: (sum) => sum === undefined ? opposite(make()) : sub(sum, make()) };
}

/** The one number that a constant holds. */
export function numberOf(value: Value): number | undefined {
  const found = numbers(value);
  return found?.length === 1 ? found[0] : undefined;
}
