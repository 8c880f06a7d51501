/**
 * Gradients of matrix products and of rotations.
 *
 * Products of two matrices become Gemms, which read either side transposed. Others take a Transpose
 * before the product, which onnxruntime takes into the product on a CPU.
 *
 * @module
 */

import { apply } from "../ops/apply.ts";
import { neg } from "../ops/functions.ts";
import { reshape, transpose } from "../ops/layout.ts";
import { gemm as gemmOf, matmul as multiply } from "../ops/matrix.ts";
import { integer } from "../shapes/rule.ts";
import type { Value } from "../value.ts";
import { full, reshapeLike, unbroadcast } from "./fit.ts";
import { type Backward, type Contribution, type GradientRule, operand } from "./rule.ts";

/** Two matrices, each perhaps transposed, with a bias. */
export const gemm: GradientRule = (at) => {
  const { node, gradient, output } = at;
  const sides = {
    transposeA: integer(node, "transA", 0) === 1,
    transposeB: integer(node, "transB", 0) === 1,
  };
  return [
    ...productOfMatrices(
      { a: operand(at, 0), b: operand(at, 1), ...sides },
      () => full(gradient, output),
    ),
    () => unbroadcast(gradient, { node, wide: output, narrow: operand(at, 2) }),
  ];
};

/** The sides of a product of matrices, as they are stored. */
interface Sides {
  readonly a: Value;
  readonly b: Value;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** What each side gets: a Gemm that takes what was added so far for its bias. */
function productOfMatrices(
  { a, b, transposeA, transposeB }: Sides,
  gradient: () => Value,
): readonly [Contribution, Contribution] {
  return [
    {
      onto: (bias) =>
        transposeA
          ? gemmOf(b, gradient(), { bias, transposeA: transposeB, transposeB: true })
          : gemmOf(gradient(), b, { bias, transposeB: !transposeB }),
    },
    {
      onto: (bias) =>
        transposeB
          ? gemmOf(gradient(), a, { bias, transposeA: true, transposeB: transposeA })
          : gemmOf(a, gradient(), { bias, transposeA: !transposeA }),
    },
  ];
}

/** Products over the last two axes; a matrix on the right multiplies all rows at once. */
export const matmul: GradientRule = (at) => {
  const [a, b] = [operand(at, 0), operand(at, 1)];
  const gradient = () => full(at.gradient, at.output);
  if (a.rank === 2 && b.rank === 2) {
    return productOfMatrices({ a, b, transposeA: false, transposeB: false }, gradient);
  }
  if (b.rank === 2 && [a, at.output].every((x) => typeof x.dim(-1) === "number")) {
    const rows = { a: asRows(a), b, transposeA: false, transposeB: false };
    const [, right] = productOfMatrices(rows, () => asRows(gradient()));
    return [() => reshapeLike(gemmOf(asRows(gradient()), b, { transposeB: true }), a), right];
  }
  return [
    () => ofSide(at, 0, multiply(gradient(), swapLast(b))),
    () => ofSide(at, 1, multiply(swapLast(a), gradient())),
  ];
};

/** Outer axes of one side that the product repeated are summed over. */
function ofSide({ node }: Backward, side: number, gradient: Value): Value {
  const [narrow, other] = [operand({ node }, side), operand({ node }, 1 - side)];
  const beside = [[...other.shape.slice(0, -2), 1, 1]]; // the last two axes are never repeated
  return unbroadcast(gradient, { node, wide: gradient, narrow, beside });
}

function swapLast(x: Value): Value {
  const axes = x.shape.map((_, axis) => axis);
  return transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}

/** `[rows, columns]`, whatever the outer axes are. */
function asRows(x: Value): Value {
  if (x.rank === 2) return x;
  return reshape(x, [{ rest: x.shape.slice(0, -1).join("*") }, Number(x.dim(-1))]);
}

/**
 * The transpose of a rotation is one with negated sines. The attributes are those of the node, so columns
 * that pass unchanged forward do so backward.
 */
export const rotary: GradientRule = (at) => [
  () => {
    const [rows, cos, sin] = [operand(at, 1), operand(at, 2), operand(at, 3)];
    const { attributes } = at.node;
    return apply("RotaryEmbedding", [full(at.gradient, at.output), rows, cos, neg(sin)], {
      attributes,
    });
  },
];
