/**
 * Gradients of arithmetic and choices, element by element, whose operands broadcast.
 *
 * @module
 */

import { mul, pow, sub } from "../ops/arithmetic.ts";
import { lessOrEqual, where as choose } from "../ops/compare.ts";
import { log } from "../ops/functions.ts";
import type { Value } from "../value.ts";
import { unbroadcast } from "./fit.ts";
import { type Backward, type Contribution, type GradientRule, operand } from "./rule.ts";
import { minus, numberOf, over, times } from "./scale.ts";

/** `a + b` */
export const sum: GradientRule = (at) => [
  () => ofOperand(at, 0, at.gradient),
  () => ofOperand(at, 1, at.gradient),
];

/** `a - b` */
export const difference: GradientRule = (at) => [
  () => ofOperand(at, 0, at.gradient),
  minus(() => ofOperand(at, 1, at.gradient)),
];

/** `a * b` */
export const product: GradientRule = (at) => [
  () => ofOperand(at, 0, times(at.gradient, operand(at, 1))),
  () => ofOperand(at, 1, times(at.gradient, operand(at, 0))),
];

/** `a / b`; by `b` it is the quotient once more, divided by `-b`. */
export const quotient: GradientRule = (at) => [
  () => ofOperand(at, 0, over(at.gradient, operand(at, 1))),
  minus(() => ofOperand(at, 1, over(times(at.gradient, at.output), operand(at, 1)))),
];

/** `a ** b`; by `b` for positive `a` only, elsewhere that is not a number. */
export const power: GradientRule = (at) => [
  () => ofOperand(at, 0, powerByBase(at)),
  () => ofOperand(at, 1, times(times(at.gradient, at.output), log(operand(at, 0)))),
];

function powerByBase(at: Backward): Value {
  const { gradient, output } = at;
  const [base, exponent] = [operand(at, 0), operand(at, 1)];
  const number = numberOf(exponent);
  if (number === 0) return times(gradient, 0); // by the formula not a number at base 0
  if (number === 1) return gradient;
  if (number === 2) return times(times(gradient, 2), base);
  if (number === 0.5) return over(times(gradient, 0.5), output);
  if (number !== undefined) return times(times(gradient, number), pow(base, number - 1));
  return times(gradient, mul(exponent, pow(base, sub(exponent, 1))));
}

/** The larger of two; of equals, all goes to the first. */
export const larger: GradientRule = (at) => one(at, (a, b) => lessOrEqual(b, a));

/** The smaller of two; of equals, all goes to the first. */
export const smaller: GradientRule = (at) => one(at, lessOrEqual);

/** Each number of the result is one of two operands; `isFirst` says where it is the first. */
function one(at: Backward, isFirst: (a: Value, b: Value) => Value): readonly Contribution[] {
  const { gradient } = at;
  const first = () => isFirst(operand(at, 0), operand(at, 1));
  return [
    () => ofOperand(at, 0, choose(first(), gradient, 0)),
    () => ofOperand(at, 1, choose(first(), 0, gradient)),
  ];
}

/** One of two by a condition, which has no derivative. */
export const where: GradientRule = (at) => [
  undefined,
  () => ofOperand(at, 1, choose(operand(at, 0), at.gradient, 0)),
  () => ofOperand(at, 2, choose(operand(at, 0), 0, at.gradient)),
];

/** The part of an operand in a gradient that has been worked out for all that it was repeated to. */
function ofOperand({ node, output }: Backward, index: number, gradient: Value): Value {
  const narrow = operand({ node }, index);
  const beside = node.inputs.flatMap((each) =>
    each === undefined || each === narrow ? [] : [each.shape]
  );
  return unbroadcast(gradient, { node, wide: output, narrow, beside });
}
