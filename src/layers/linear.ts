/**
 * Linear layers: how a checkpoint stores one, and the product itself.
 *
 * Families call {@linkcode linear}. Which weights it multiplies with is the source's decision (see
 * `parameters.ts`), so that slicing fused projections, quantised weights and adapters are each written
 * once, not once per family.
 *
 * @module
 */

import { gemm, reshape, slice } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { Parameters, WeightSource } from "./parameters.ts";

/** The extents of a linear layer and how its checkpoint stores it. */
export interface LinearShape {
  readonly inputs: number;
  /** Columns of the result. */
  readonly outputs: number;
  /** Whether `bias`, `[outputs]`, is stored beside `weight`. */
  readonly bias: boolean;
  /**
   * The order of the axes of `weight`: `out-in` as torch's `nn.Linear`, `in-out` as GPT-2's `Conv1D`.
   *
   * @default "out-in"
   */
  readonly layout?: "out-in" | "in-out";
  /** The outputs to compute, where the tensors hold more of them. @default all */
  readonly range?: OutputRange;
}

/**
 * A part of a fused projection: `outputs` consecutive ones from `start` on. With `every`, the tensor is a
 * sequence of groups of so many outputs (one group per head in GPT-NeoX, one per key-value head elsewhere),
 * and the part takes an equal share of each group, from `start` on within it.
 */
export interface OutputRange {
  /** Outputs of the stored tensors. */
  readonly of: number;
  readonly start: number;
  /** @default `of`, one group */
  readonly every?: number;
}

/** `x @ weight.T + bias`, `[rows, outputs]`, for `x` of `[rows, inputs]`. */
export function linear(x: Value, at: Parameters, shape: LinearShape): Value {
  return at.linear(x, shape);
}

/** {@linkcode WeightSource.linear} over tensors that `take` returns as floating-point numbers. */
export function linearOf(
  take: WeightSource["take"],
  x: Value,
  { name, shape }: { name: string; shape: LinearShape },
): Value {
  const { inputs, layout = "out-in", range } = shape;
  const stored = range?.of ?? shape.outputs;
  const transposeB = layout === "out-in";
  const weight = take(`${name}.weight`, transposeB ? [stored, inputs] : [inputs, stored], x.dtype);
  const bias = shape.bias ? take(`${name}.bias`, [stored], x.dtype) : undefined;
  return gemm(x, partOf(weight, transposeB ? 0 : 1, shape), {
    transposeB,
    bias: bias && partOf(bias, 0, shape),
  });
}

/** The wanted outputs, along `axis`. Where they lie is constant, so a runtime cuts the weights at load. */
export function partOf(tensor: Value, axis: number, { outputs, range }: LinearShape): Value {
  if (range === undefined) return tensor;
  const { of, start, every = of } = range;
  const groups = of / every;
  const end = start + outputs / groups;
  if (![groups, start, end].every(Number.isInteger) || start < 0 || end > every) {
    const received = JSON.stringify(range);
    throw new RangeError(`Cannot take ${outputs} outputs out of this range: received ${received}`);
  }
  if (groups === 1) return slice(tensor, { axis, start, end });
  const shape = tensor.shape.map(Number); // of a weight, so known
  const grouped = reshape(tensor, shape.toSpliced(axis, 1, groups, every));
  return reshape(slice(grouped, { axis: axis + 1, start, end }), shape.with(axis, outputs));
}
