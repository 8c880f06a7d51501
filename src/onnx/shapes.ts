/**
 * Shape rules: for every operator, the element types and shapes of its outputs given its inputs.
 *
 * The table is total over the operators that graphs may use: an operator without a rule does not
 * compile. Rules refuse wrong inputs, so that a mistake surfaces where it is made and not in the
 * runtime. Those for whole families of operators stand in `shapes/`.
 *
 * @module
 */

import * as arrange from "./shapes/arrange.ts";
import * as control from "./shapes/control.ts";
import { arithmetic, cast, comparison, unary, where } from "./shapes/elementwise.ts";
import * as fused from "./shapes/fused_attention.ts";
import * as matrix from "./shapes/matrix.ts";
import * as pick from "./shapes/pick.ts";
import * as quantized from "./shapes/quantized.ts";
import * as scan from "./shapes/scan.ts";
import type { ShapeRule } from "./shapes/rule.ts";

/**
 * The rules, by ONNX's names for operators; GroupQueryAttention, MatMulIntegerToFloat and RotaryEmbedding are
 * onnxruntime's, and Rearrange is our own (see `lower.ts`).
 */
export const shapeRules = {
  Abs: unary("signed"),
  Add: arithmetic("number"),
  And: arithmetic("bool"),
  Cast: cast,
  Concat: arrange.concat,
  Cos: unary("float"),
  CumSum: scan.cumulate,
  Div: arithmetic("number"),
  Equal: comparison("any"),
  Erf: unary("float"),
  Exp: unary("float"),
  Expand: arrange.expand,
  Gather: pick.gather,
  GatherElements: pick.gatherElements,
  Gelu: unary("float"),
  Gemm: matrix.gemm,
  Greater: comparison("number"),
  GroupQueryAttention: fused.groupQueryAttention,
  Identity: unary("any"),
  If: control.choice,
  LayerNormalization: matrix.layerNormalization,
  Less: comparison("number"),
  LessOrEqual: comparison("number"),
  Log: unary("float"),
  Loop: control.loop,
  MatMul: matrix.matmul,
  MatMulIntegerToFloat: quantized.integerProduct,
  Max: arithmetic("number"),
  Min: arithmetic("number"),
  Mul: arithmetic("number"),
  Neg: unary("signed"),
  Pad: arrange.pad,
  Pow: arithmetic("number"),
  QuantizeLinear: quantized.quantizeLinear,
  Range: arrange.range,
  Rearrange: pick.rearrange,
  ReduceLogSumExp: arrange.reduce,
  ReduceMax: arrange.reduce,
  ReduceMean: arrange.reduce,
  ReduceMin: arrange.reduce,
  ReduceSum: arrange.reduce,
  Relu: unary("signed"),
  Reshape: arrange.reshape,
  RotaryEmbedding: matrix.rotary,
  ScatterElements: pick.scatterElements,
  Shape: arrange.shapeOf,
  Sigmoid: unary("float"),
  SimplifiedLayerNormalization: matrix.normalization,
  Sin: unary("float"),
  Slice: pick.slice,
  Softmax: unary("float"),
  Split: pick.split,
  Sqrt: unary("float"),
  Sub: arithmetic("number"),
  Tanh: unary("float"),
  TopK: scan.topK,
  Transpose: arrange.transpose,
  Where: where,
} satisfies Record<string, ShapeRule>;

/** Operators that graphs may use. */
export type OpName = keyof typeof shapeRules;
