/**
 * Gradients of functions of one tensor, element by element.
 *
 * @module
 */

import { mul } from "../ops/arithmetic.ts";
import { greater, less, where } from "../ops/compare.ts";
import * as functions from "../ops/functions.ts";
import { type GradientRule, operand, unary } from "./rule.ts";
import { minus, opposite, over, times } from "./scale.ts";

/** `-x` */
export const neg: GradientRule = ({ gradient }) => [minus(() => gradient)];

/** `|x|`; nothing at 0. */
export const abs: GradientRule = unary((x, { gradient }) =>
  where(less(x, 0), opposite(gradient), where(greater(x, 0), gradient, 0))
);

/** The square root `y`: `1 / 2y`. */
export const sqrt: GradientRule = unary((_, { gradient, output }) =>
  over(times(gradient, 0.5), output)
);

/** The exponential is its own derivative. */
export const exp: GradientRule = unary((_, { gradient, output }) => times(gradient, output));

/** `1 / x` */
export const log: GradientRule = unary((x, { gradient }) => over(gradient, x));

/** `-sin(x)` */
export const cos: GradientRule = (at) => [
  minus(() => times(at.gradient, functions.sin(operand(at, 0)))),
];

/** `cos(x)` */
export const sin: GradientRule = unary((x, { gradient }) => times(gradient, functions.cos(x)));

/** `2 / sqrt(pi) * exp(-x * x)` */
export const erf: GradientRule = unary((x, { gradient }) =>
  times(times(gradient, 2 / Math.sqrt(Math.PI)), functions.exp(functions.neg(mul(x, x))))
);
