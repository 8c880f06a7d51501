/**
 * Gradients of functions of one tensor, element by element, activations among them.
 *
 * Every pass over an activation costs as much as reading it: so they are written in terms of what the
 * node itself made, wherever that says as much.
 *
 * @module
 */

import { sigmoid as logistic } from "../ops/activations.ts";
import { add, mul, sub } from "../ops/arithmetic.ts";
import { greater, less, where } from "../ops/compare.ts";
import * as functions from "../ops/functions.ts";
import type { Value } from "../value.ts";
import { type Backward, type GradientRule, operand, refusal, unary } from "./rule.ts";
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

/** `1 - y * y` */
export const tanh: GradientRule = unary((_, { gradient, output }) =>
  times(gradient, sub(1, mul(output, output)))
);

/** `y * (1 - y)` */
export const sigmoid: GradientRule = unary((_, { gradient, output }) =>
  times(gradient, mul(output, sub(1, output)))
);

/** 1 above 0, nothing at 0 and below. */
export const relu: GradientRule = unary((_, { gradient, output }) =>
  where(greater(output, 0), gradient, 0)
);

/** `2 / sqrt(pi) * exp(-x * x)` */
export const erf: GradientRule = unary((x, { gradient }) =>
  times(times(gradient, 2 / Math.sqrt(Math.PI)), functions.exp(functions.neg(mul(x, x))))
);

/** Both forms of the Gaussian error linear unit (arXiv 1606.08415, section 2). */
export const gelu: GradientRule = unary((x, at) => {
  const { approximate = { string: "none" } } = at.node.attributes;
  if (!("string" in approximate)) throw refusal(at.node, "its attribute is no string");
  const slope = approximate.string === "tanh" ? tanhGeluSlope(x, at) : geluSlope(x);
  return times(at.gradient, slope);
});

/** `F(x) + x * f(x)` with the distribution `F` and the density `f` of the normal distribution. */
function geluSlope(x: Value): Value {
  const distribution = add(mul(functions.erf(mul(x, Math.SQRT1_2)), 0.5), 0.5);
  const density = functions.exp(mul(mul(x, x), -0.5));
  return add(distribution, mul(mul(x, density), 1 / Math.sqrt(2 * Math.PI)));
}

/**
 * The tanh formula is `x * s(u)` with the logistic `s` and `u = x * (a + b * x * x)`. So its slope is
 * `s + y * (1 - s) * u'`, where `u' = a + 3 * b * x * x` and `y` is what the node made.
 */
function tanhGeluSlope(x: Value, { output }: Backward): Value {
  const a = 2 * Math.sqrt(2 / Math.PI);
  const cubic = mul(mul(x, x), 0.044715 * a);
  const s = logistic(mul(x, add(cubic, a)));
  const slope = add(mul(cubic, 3), a);
  return add(s, mul(sub(output, mul(output, s)), slope));
}
