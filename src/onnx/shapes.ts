/**
 * Shape rules: for every operator, the element types and shapes of its outputs given its inputs.
 *
 * The table is total over the operators that graphs may use: an operator without a rule does not
 * compile. Rules refuse wrong inputs, so that a mistake surfaces where it is made and not in the runtime.
 *
 * @module
 */

import { axisOf, broadcast, compatible, product, sum } from "./broadcast.ts";
import type { Attributes } from "./graph.ts";
import { describe, type Dim, type Dtype, type Facts, type Shape, type Value } from "./value.ts";

/** An extent that only the runtime will know and nobody has named. */
export const UNKNOWN = "?";

type Inputs = readonly (Value | undefined)[];
type ShapeRule = (inputs: Inputs, attributes: Attributes) => readonly Facts[];

/** Operators of ONNX and, below, of onnxruntime's own set that graphs may use. */
export type OpName =
  | "Abs"
  | "Add"
  | "And"
  | "Cast"
  | "Concat"
  | "Cos"
  | "Div"
  | "Equal"
  | "Erf"
  | "Exp"
  | "Expand"
  | "Gather"
  | "GatherElements"
  | "Gelu"
  | "Gemm"
  | "Greater"
  | "Identity"
  | "If"
  | "LayerNormalization"
  | "Less"
  | "LessOrEqual"
  | "Log"
  | "Loop"
  | "MatMul"
  | "Max"
  | "Min"
  | "Mul"
  | "Neg"
  | "Pad"
  | "Pow"
  | "Range"
  | "ReduceLogSumExp"
  | "ReduceMax"
  | "ReduceMean"
  | "ReduceSum"
  | "Relu"
  | "Reshape"
  | "RotaryEmbedding"
  | "ScatterElements"
  | "Shape"
  | "Sigmoid"
  | "SimplifiedLayerNormalization"
  | "Sin"
  | "Slice"
  | "Softmax"
  | "Split"
  | "Sqrt"
  | "Sub"
  | "Tanh"
  | "Transpose"
  | "Where"; // deno-fmt-ignore-line

/** The rules; see the module comment. */
export const shapeRules: Readonly<Record<OpName, ShapeRule>> = {
  Abs: unary,
  Add: arithmetic,
  And: arithmetic,
  Cast: ([x], attributes) => [{ dtype: castTarget(attributes), shape: given(x).shape }],
  Concat: concat,
  Cos: unary,
  Div: arithmetic,
  Equal: comparison,
  Erf: unary,
  Exp: unary,
  Expand: ([x, shape]) => [{
    dtype: given(x).dtype,
    shape: broadcast(given(x).shape, extents(given(shape))),
  }],
  Gather: gather,
  GatherElements: ([x, index]) => [{ dtype: given(x).dtype, shape: given(index).shape }],
  Gelu: unary,
  Gemm: gemm,
  Greater: comparison,
  Identity: unary,
  If: choice,
  LayerNormalization: unary,
  Less: comparison,
  LessOrEqual: comparison,
  Log: unary,
  Loop: loop,
  MatMul: matmul,
  Max: arithmetic,
  Min: arithmetic,
  Mul: arithmetic,
  Neg: unary,
  Pad: pad,
  Pow: arithmetic,
  Range: ([start]) => [{ dtype: given(start).dtype, shape: [UNKNOWN] }],
  ReduceLogSumExp: reduce,
  ReduceMax: reduce,
  ReduceMean: reduce,
  ReduceSum: reduce,
  Relu: unary,
  Reshape: reshape,
  RotaryEmbedding: unary,
  ScatterElements: unary,
  Shape: ([x]) => [{ dtype: "int64", shape: [given(x).rank] }],
  Sigmoid: unary,
  SimplifiedLayerNormalization: unary,
  Sin: unary,
  Slice: slice,
  Softmax: unary,
  Split: split,
  Sqrt: unary,
  Sub: arithmetic,
  Tanh: unary,
  Transpose: transpose,
  Where: where,
};

/** ONNX's numbers for element types. */
export const dtypeCodes: Readonly<Record<Dtype, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
};

function unary([x]: Inputs): Facts[] {
  return [{ dtype: given(x).dtype, shape: given(x).shape }];
}

function arithmetic([a, b]: Inputs): Facts[] {
  return [{
    dtype: sameDtype(given(a), given(b)),
    shape: broadcast(given(a).shape, given(b).shape),
  }];
}

function comparison(inputs: Inputs): Facts[] {
  return arithmetic(inputs).map(({ shape }) => ({ dtype: "bool", shape }));
}

function where([condition, a, b]: Inputs): Facts[] {
  expect(
    given(condition).dtype === "bool",
    "Where",
    given(condition),
    "its condition must be bool",
  );
  const dtype = sameDtype(given(a), given(b));
  const branches = broadcast(given(a).shape, given(b).shape);
  return [{ dtype, shape: broadcast(given(condition).shape, branches) }];
}

function concat(inputs: Inputs, attributes: Attributes): Facts[] {
  const parts = inputs.map(given);
  const [first] = parts;
  const { dtype, rank, shape } = given(first);
  const axis = axisOf(integer(attributes, "axis"), rank);
  for (const part of parts) {
    const fits = part.dtype === dtype && part.rank === rank &&
      part.shape.every((dim, i) => i === axis || compatible(dim, shape[i] ?? UNKNOWN));
    expect(fits, "Concat", part, `it must match ${describe(given(first))} off axis ${axis}`);
  }
  const joined = sum(parts.map((part) => part.dim(axis)));
  return [{ dtype, shape: shape.with(axis, joined) }];
}

function gather([x, index]: Inputs, attributes: Attributes): Facts[] {
  const { dtype, shape, rank } = given(x);
  const axis = axisOf(integer(attributes, "axis"), rank);
  return [{
    dtype,
    shape: [...shape.slice(0, axis), ...given(index).shape, ...shape.slice(axis + 1)],
  }];
}

function gemm([a, b, bias]: Inputs, attributes: Attributes): Facts[] {
  const [rows, inner] = matrix(given(a), integer(attributes, "transA", 0) === 1);
  const [innerB, columns] = matrix(given(b), integer(attributes, "transB", 0) === 1);
  expect(compatible(inner, innerB), "Gemm", given(b), `its inner extent must be ${inner}`);
  const shape: Shape = [rows, columns];
  if (bias !== undefined) broadcast(shape, bias.shape);
  return [{ dtype: sameDtype(given(a), given(b)), shape }];
}

function matrix(value: Value, transposed: boolean): [Dim, Dim] {
  expect(value.rank === 2, "Gemm", value, "it must be a matrix");
  const [rows, columns] = [value.dim(0), value.dim(1)];
  return transposed ? [columns, rows] : [rows, columns];
}

function matmul([a, b]: Inputs): Facts[] {
  const [left, right] = [given(a), given(b)];
  expect(left.rank >= 2, "MatMul", left, "it must be a matrix");
  expect(right.rank >= 2, "MatMul", right, "it must be a matrix");
  expect(
    compatible(left.dim(-1), right.dim(-2)),
    "MatMul",
    right,
    `its inner extent must match ${describe(left)}`,
  );
  const outer = broadcast(left.shape.slice(0, -2), right.shape.slice(0, -2));
  return [{ dtype: sameDtype(left, right), shape: [...outer, left.dim(-2), right.dim(-1)] }];
}

function pad([x, pads]: Inputs): Facts[] {
  const { dtype, shape, rank } = given(x);
  const widths = numbers(given(pads));
  return [{
    dtype,
    shape: shape.map((dim, axis) => {
      if (widths === undefined) return UNKNOWN;
      const added = (widths[axis] ?? 0) + (widths[axis + rank] ?? 0);
      return added === 0 ? dim : sum([dim, added]);
    }),
  }];
}

function reduce([x, axes]: Inputs, attributes: Attributes): Facts[] {
  const { dtype, shape, rank } = given(x);
  const listed = numbers(given(axes)) ?? [];
  const reduced = new Set(listed.map((axis) => axisOf(axis, rank)));
  const keep = integer(attributes, "keepdims", 1) === 1;
  return [{
    dtype,
    shape: keep
      ? shape.map((dim, axis) => reduced.has(axis) ? 1 : dim)
      : shape.filter((_, axis) => !reduced.has(axis)),
  }];
}

function reshape([x, target]: Inputs): Facts[] {
  const { dtype, shape } = given(x);
  const wanted = extents(given(target)).map((dim, axis) => dim === 0 ? shape[axis] ?? 0 : dim);
  const total = product(shape);
  const known = product(wanted.filter((dim) => dim !== -1));
  if (typeof total === "number" && typeof known === "number" && known > 0) {
    const fits = wanted.includes(-1) ? total % known === 0 : total === known;
    expect(fits, "Reshape", given(x), `it does not fill [${wanted.join(", ")}]`);
    return [{ dtype, shape: wanted.map((dim) => dim === -1 ? total / known : dim) }];
  }
  return [{ dtype, shape: wanted.map((dim) => dim === -1 ? UNKNOWN : dim) }];
}

function slice([x, starts, ends, axes]: Inputs): Facts[] {
  const { dtype, shape, rank } = given(x);
  const [from, to, along] = [numbers(given(starts)), numbers(given(ends)), numbers(given(axes))];
  const sliced = [...shape];
  (along ?? []).forEach((axis, i) => {
    const front = axisOf(axis, rank);
    sliced[front] = sliceDim(shape[front] ?? UNKNOWN, from?.[i], to?.[i]);
  });
  return [{ dtype, shape: sliced }];
}

function sliceDim(dim: Dim, start: number | undefined, end: number | undefined): Dim {
  if (typeof dim !== "number" || start === undefined || end === undefined) return UNKNOWN;
  const clip = (at: number) => Math.min(Math.max(at < 0 ? at + dim : at, 0), dim);
  return Math.max(clip(end) - clip(start), 0);
}

function split([x, sizes]: Inputs, attributes: Attributes): Facts[] {
  const { dtype, shape, rank } = given(x);
  const axis = axisOf(integer(attributes, "axis"), rank);
  return (numbers(given(sizes)) ?? []).map((size) => ({ dtype, shape: shape.with(axis, size) }));
}

function transpose([x]: Inputs, attributes: Attributes): Facts[] {
  const { dtype, shape, rank } = given(x);
  const order = attributes["perm"];
  const axes = order !== undefined && "ints" in order ? order.ints : [];
  const complete = axes.length === rank && new Set(axes).size === rank;
  expect(complete, "Transpose", given(x), `[${axes.join(", ")}] is no order of its axes`);
  return [{ dtype, shape: axes.map((axis) => shape[axisOf(axis, rank)] ?? UNKNOWN) }];
}

/** A loop's outputs: its carried values, then one stacked tensor per value it collects. */
function loop(inputs: Inputs, attributes: Attributes): Facts[] {
  const body = attributes["body"];
  if (body === undefined || !("graph" in body)) throw new TypeError("Cannot loop without a body");
  const carried = inputs.length - 2;
  const results = [...body.graph.outputs.values()].slice(1); // the first one says whether to go on
  return results.map(({ dtype, shape }, i) => ({
    dtype,
    shape: i < carried ? shape : [UNKNOWN, ...shape],
  }));
}

/** A choice's outputs: those of its first branch, which the second must match in all that is known. */
function choice(_inputs: Inputs, attributes: Attributes): Facts[] {
  const [yes, no] = [branch(attributes, "then_branch"), branch(attributes, "else_branch")];
  return yes.map((facts, i) => {
    const other = no[i];
    const agrees = other?.dtype === facts.dtype && other.shape.length === facts.shape.length &&
      facts.shape.every((dim, axis) => compatible(dim, other.shape[axis] ?? UNKNOWN));
    if (agrees) return facts;
    throw new TypeError(`Cannot choose between ${describe(facts)} and ${other && describe(other)}`);
  });
}

function branch(attributes: Attributes, name: string): readonly Facts[] {
  const attribute = attributes[name];
  if (attribute !== undefined && "graph" in attribute) return [...attribute.graph.outputs.values()];
  throw new TypeError(`Cannot choose without the branch "${name}"`);
}

function castTarget(attributes: Attributes): Dtype {
  const code = integer(attributes, "to");
  const found = Object.entries(dtypeCodes).find(([, each]) => each === code);
  if (found === undefined) throw new TypeError(`Cannot cast to element type ${code}`);
  return found[0] as Dtype;
}

function integer(attributes: Attributes, name: string, otherwise?: number): number {
  const attribute = attributes[name];
  if (attribute !== undefined && "int" in attribute) return attribute.int;
  if (otherwise === undefined) throw new TypeError(`Cannot do without the attribute "${name}"`);
  return otherwise;
}

/** The numbers of a constant; undefined for values that only the runtime knows. */
function numbers(value: Value): readonly number[] | undefined {
  const constant = value.graph.constants.get(value);
  return constant === undefined ? undefined : [...constant.data];
}

/** A shape given as a tensor: its numbers where constant, else as many unknowns as it has entries. */
function extents(shape: Value): Shape {
  const known = numbers(shape);
  if (known !== undefined) return known;
  const [rank] = shape.shape;
  if (typeof rank !== "number") throw new TypeError("Cannot use a shape of unknown rank");
  return Array.from({ length: rank }, () => UNKNOWN);
}

function given(value: Value | undefined): Value {
  if (value === undefined) throw new TypeError("Cannot do without an input of this operator");
  return value;
}

function sameDtype(a: Value, b: Value): Dtype {
  if (a.dtype === b.dtype) return a.dtype;
  throw new TypeError(`Cannot combine ${describe(a)} with ${describe(b)}: element types differ`);
}

function expect(holds: boolean, op: OpName, value: Value, reason: string): void {
  if (!holds) throw new TypeError(`Cannot apply ${op} to ${describe(value)} as ${reason}`);
}
