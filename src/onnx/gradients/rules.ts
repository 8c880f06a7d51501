/**
 * Gradient rules by operator. An operator without one either has no derivative, as comparisons, or is not
 * differentiated through so far; an attempt to do so is refused.
 *
 * @module
 */

import type { OpName } from "../shapes.ts";
import * as activations from "./activations.ts";
import * as elementwise from "./elementwise.ts";
import * as functions from "./functions.ts";
import * as layout from "./layout.ts";
import * as matrix from "./matrix.ts";
import * as parts from "./parts.ts";
import * as pick from "./pick.ts";
import * as reduce from "./reduce.ts";
import * as rows from "./rows.ts";
import type { GradientRule } from "./rule.ts";

/** The rules; an operator that is not here cannot be differentiated through. */
export const gradientRules: Readonly<Partial<Record<OpName, GradientRule>>> = {
  Abs: functions.abs,
  Add: elementwise.sum,
  Cast: layout.cast,
  Concat: parts.concat,
  Cos: functions.cos,
  CumSum: layout.cumulate,
  Div: elementwise.quotient,
  Erf: functions.erf,
  Exp: functions.exp,
  Expand: layout.expand,
  Gather: pick.gather,
  GatherElements: pick.gatherElements,
  Gelu: activations.gelu,
  Gemm: matrix.gemm,
  Identity: layout.identity,
  LayerNormalization: rows.layerNormalization,
  Log: functions.log,
  MatMul: matrix.matmul,
  Max: elementwise.larger,
  Min: elementwise.smaller,
  Mul: elementwise.product,
  Neg: functions.neg,
  Pad: layout.pad,
  Pow: elementwise.power,
  Rearrange: pick.rearrange,
  ReduceLogSumExp: reduce.reduceLogSumExp,
  ReduceMax: reduce.extreme,
  ReduceMean: reduce.reduceMean,
  ReduceMin: reduce.extreme,
  ReduceSum: reduce.reduceSum,
  Relu: activations.relu,
  Reshape: layout.reshape,
  RotaryEmbedding: matrix.rotary,
  ScatterElements: pick.scatterElements,
  Sigmoid: activations.sigmoid,
  SimplifiedLayerNormalization: rows.rmsNormalization,
  Sin: functions.sin,
  Slice: parts.slice,
  Softmax: rows.softmax,
  Split: parts.split,
  Sqrt: functions.sqrt,
  Sub: elementwise.difference,
  Tanh: activations.tanh,
  TopK: pick.topK,
  Transpose: layout.transpose,
  Where: elementwise.where,
};
