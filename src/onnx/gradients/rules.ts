/**
 * Gradient rules by operator. What has none is either without a derivative, as comparisons are, or
 * would need a rule once somebody differentiates through it, which is then said.
 *
 * @module
 */

import type { OpName } from "../shapes.ts";
import * as arrange from "./arrange.ts";
import * as elementwise from "./elementwise.ts";
import * as functions from "./functions.ts";
import * as matrix from "./matrix.ts";
import * as pick from "./pick.ts";
import * as reduce from "./reduce.ts";
import * as rows from "./rows.ts";
import type { GradientRule } from "./rule.ts";

/** The rules; an operator that is not here cannot be differentiated through. */
export const gradientRules: Readonly<Partial<Record<OpName, GradientRule>>> = {
  Abs: functions.abs,
  Add: elementwise.sum,
  Cast: elementwise.cast,
  Concat: arrange.concat,
  Cos: functions.cos,
  CumSum: arrange.cumulate,
  Div: elementwise.quotient,
  Erf: functions.erf,
  Exp: functions.exp,
  Expand: arrange.expand,
  Gather: pick.gather,
  GatherElements: pick.gatherElements,
  Gelu: functions.gelu,
  Gemm: matrix.gemm,
  Identity: arrange.identity,
  LayerNormalization: rows.layerNormalization,
  Log: functions.log,
  MatMul: matrix.matmul,
  Max: elementwise.larger,
  Min: elementwise.smaller,
  Mul: elementwise.product,
  Neg: functions.neg,
  Pad: arrange.pad,
  Pow: elementwise.power,
  ReduceLogSumExp: reduce.reduceLogSumExp,
  ReduceMax: reduce.extreme,
  ReduceMean: reduce.reduceMean,
  ReduceMin: reduce.extreme,
  ReduceSum: reduce.reduceSum,
  Relu: functions.relu,
  Reshape: arrange.reshape,
  RotaryEmbedding: matrix.rotary,
  ScatterElements: pick.scatterElements,
  Sigmoid: functions.sigmoid,
  SimplifiedLayerNormalization: rows.rmsNormalization,
  Sin: functions.sin,
  Slice: arrange.slice,
  Softmax: rows.softmax,
  Split: arrange.split,
  Sqrt: functions.sqrt,
  Sub: elementwise.difference,
  Tanh: functions.tanh,
  TopK: pick.topK,
  Transpose: arrange.transpose,
  Where: elementwise.where,
};
