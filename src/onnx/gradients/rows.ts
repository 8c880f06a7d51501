/**
 * Gradients of operators on whole rows: normalisations and the softmax.
 *
 * @module
 */

import { once } from "../../once.ts";
import { axisOf } from "../broadcast.ts";
import { graphOf } from "../ops/apply.ts";
import { add, div, mul, sub } from "../ops/arithmetic.ts";
import { cast } from "../ops/compare.ts";
import { sqrt } from "../ops/functions.ts";
import { reshape } from "../ops/layout.ts";
import { matmul } from "../ops/matrix.ts";
import { reduceMean, reduceSum } from "../ops/reduce.ts";
import { integer } from "../shapes/rule.ts";
import type { Value } from "../value.ts";
import { full, unbroadcast } from "./fit.ts";
import { type Backward, type Contribution, type GradientRule, operand, refusal } from "./rule.ts";
import { over, times } from "./scale.ts";

/** Weights `p` from scores: `p * (g - sum(g * p))`, the sum over the last axis. */
export const softmax: GradientRule = ({ node, gradient, output }) => {
  if (axisOf(integer(node, "axis", -1), output.rank) !== output.rank - 1) {
    throw refusal(node, "it does not go along the last axis");
  }
  return [() => {
    const weighted = times(gradient, output);
    return sub(weighted, mul(output, reduceSum(weighted, [-1], { keep: true })));
  }];
};

/**
 * `n * weight + bias` with `n = (x - mean) * r`, the rows at mean 0 and variance 1. So `x` gets
 * `r * (h - mean(h) - n * mean(h * n))` with `h = g * weight`, the means over the last axis.
 */
export const layerNormalization: GradientRule = (at) =>
  normalization(at, centredRows, (h) => sub(h, weightedMean(at, full(at.gradient, at.output))));

/** `n * weight` with `n = x * r`, the rows at mean square 1. So `x` gets `r * (h - n * mean(h * n))`. */
export const rmsNormalization: GradientRule = (at) => normalization(at, scaledRows, (h) => h);

function normalization(
  at: Backward,
  normalize: (at: Backward) => Normal,
  centre: (h: Value) => Value,
): readonly Contribution[] {
  const { node, gradient, output, gradients } = at;
  if (gradients.slice(1).some((each) => each !== undefined)) {
    throw refusal(node, "its statistics have no derivative here");
  }
  const normal = once(() => normalize(at));
  const product = once(() => mul(gradient, normal().rows));
  return [
    () => {
      const { rows, factor } = normal();
      const along = mul(rows, weightedMean(at, product()));
      return mul(sub(centre(mul(gradient, operand(at, 1))), along), factor);
    },
    () => unbroadcast(product(), { node, wide: output, narrow: operand(at, 1) }),
    () => unbroadcast(gradient, { node, wide: output, narrow: operand(at, 2) }),
  ];
}

/** Rows brought to unit size, and what they were multiplied with for that, `[..., 1]`. */
interface Normal {
  readonly rows: Value;
  readonly factor: Value;
}

/** The forward node keeps neither, but its kernel makes both in one pass when the weight is 1. */
function centredRows(at: Backward): Normal {
  const [x, weight] = [operand(at, 0), operand(at, 1)];
  const ones = full(x.graph.scalar(x.dtype, 1), weight);
  const { attributes } = at.node;
  const [rows, , factor] = graphOf([x]).emit("LayerNormalization", [x, ones], { attributes });
  if (rows === undefined || factor === undefined) throw refusal(at.node, "it has no statistics");
  return { rows, factor: cast(factor, x.dtype) };
}

/** From the definition, for the kernel on a GPU gives the mean for the factor (onnxruntime 1.30). */
function scaledRows(at: Backward): Normal {
  const x = operand(at, 0);
  const { epsilon = { float: 1e-5 } } = at.node.attributes;
  const square = reduceMean(mul(x, x), [-1], { keep: true });
  const size = sqrt(add(square, "float" in epsilon ? epsilon.float : 0));
  const factor = div(1, size);
  return { rows: mul(x, factor), factor };
}

/** The mean of `x * weight` over the last axis: a product with a column reads `x` and writes little. */
function weightedMean(at: Backward, x: Value): Value {
  const weight = operand(at, 1);
  const width = weight.dim(0);
  if (x.rank < 2 || typeof width !== "number") {
    return reduceMean(mul(x, weight), [-1], { keep: true });
  }
  return matmul(x, over(reshape(weight, [width, 1]), width));
}
