/**
 * Gradients of activation functions.
 *
 * Activations are the widest tensors of a network, and every pass over one costs as much as reading
 * it: so slopes are written in terms of what the node itself made, wherever that is enough.
 *
 * @module
 */

import { sigmoid as logistic } from "../ops/activations.ts";
import { add, mul, sub } from "../ops/arithmetic.ts";
import { cast, greater, where } from "../ops/compare.ts";
import { erf, exp } from "../ops/functions.ts";
import type { Value } from "../value.ts";
import { type GradientRule, refusal, unary } from "./rule.ts";
import { times } from "./scale.ts";

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

/**
 * Both forms of the Gaussian error linear unit (arXiv 1606.08415, section 2). Slopes are worked out in
 * float32: the square of 256 overflows half precision, and then they would be infinity times 0.
 */
export const gelu: GradientRule = unary((x, at) => {
  const { approximate = { string: "none" } } = at.node.attributes;
  if (!("string" in approximate)) throw refusal(at.node, "its attribute is no string");
  const wide = cast(x, "float32");
  const slope = approximate.string === "tanh"
    ? tanhGeluSlope(wide, cast(at.output, "float32"))
    : geluSlope(wide);
  return times(at.gradient, cast(slope, x.dtype));
});

/** `F(x) + x * f(x)` with the distribution `F` and the density `f` of the normal distribution. */
function geluSlope(x: Value): Value {
  const distribution = add(mul(erf(mul(x, Math.SQRT1_2)), 0.5), 0.5);
  const density = exp(mul(mul(x, x), -0.5));
  return add(distribution, mul(mul(x, density), 1 / Math.sqrt(2 * Math.PI)));
}

/**
 * The tanh formula is `x * s(u)` with the logistic `s` and `u = x * (a + b * x * x)`. So its slope is
 * `s + y * (1 - s) * u'`, where `u' = a + 3 * b * x * x` and `y` is what the node made.
 */
function tanhGeluSlope(x: Value, output: Value): Value {
  const a = 2 * Math.sqrt(2 / Math.PI);
  const cubic = mul(mul(x, x), 0.044715 * a);
  const s = logistic(mul(x, add(cubic, a)));
  const slope = add(mul(cubic, 3), a);
  return add(s, mul(sub(output, mul(output, s)), slope));
}
