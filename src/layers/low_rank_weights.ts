/**
 * Low-rank weights: the weights of another source, with low-rank products beside its own (LoRA, arXiv
 * 2106.09685, equation 3). Whether the factors are read from a file (`adapted_weights.ts`) or trained is the
 * caller's affair.
 *
 * The factors are not multiplied out: beside `x W` the graph computes `scale * (x A) B`. At rank 16 and a hidden
 * size of 2,048 that is 1.6 % more arithmetic. Factors and products are float32 also where the rest is float16,
 * in which numbers as small as an adapter's vanish.
 *
 * @module
 */

import { add, cast, gather, gemm, mul } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { UpdateShape } from "../weights/checkpoint.ts";
import { linearOf, type LinearShape } from "./linear.ts";
import type { WeightSource } from "./parameters.ts";

/** What is added to a linear layer or a table: `scale * (x @ down.T @ up.T + bias)`; all float32. */
export interface LowRankFactors {
  /** `[rank, inputs]` */
  readonly down: Value;
  /** `[outputs, rank]` */
  readonly up: Value;
  /** `[outputs]` @default none */
  readonly bias?: Value | undefined;
  readonly scale: number;
}

/** The factors of a layer, by its name and the extents of its stored weight; undefined where it has none. */
export type FactorsOf = (name: string, shape: UpdateShape) => LowRankFactors | undefined;

/** A source around `base` with these factors. */
export function lowRankWeights(base: WeightSource, factorsOf: FactorsOf): WeightSource {
  return {
    ...base,
    linear(x, name, shape) {
      const plain = base.linear(x, name, shape);
      const own = factorsOf(name, linearExtents(shape));
      return own === undefined ? plain : add(plain, linearUpdate(x, shape, own));
    },
    rows(index, name, shape) {
      const plain = base.rows(index, name, shape);
      const own = factorsOf(name, { kind: "table", inputs: shape.count, outputs: shape.width });
      return own === undefined ? plain : add(plain, cast(rowsUpdate(index, own), plain.dtype));
    },
  };
}

/** Of the stored tensors, whatever part of them is computed. */
function linearExtents({ inputs, outputs, range }: LinearShape): UpdateShape {
  return { kind: "linear", inputs, outputs: range?.of ?? outputs };
}

/** What is added, `[rows, outputs]`, in the type of `x`; of a part of the outputs, that part. */
function linearUpdate(x: Value, shape: LinearShape, own: LowRankFactors): Value {
  const low = gemm(cast(x, "float32"), own.down, { transposeB: true }); // [rows, rank]
  const named: WeightSource["take"] = (name) => name === "up.bias" ? own.bias! : own.up;
  const whole = linearOf(named, low, {
    name: "up",
    shape: {
      ...shape,
      inputs: Number(own.up.dim(1)),
      bias: own.bias !== undefined,
      layout: "out-in", // whatever the layout of the weight itself
    },
  });
  return cast(mul(whole, own.scale), x.dtype);
}

/** The same of rows `index` of a table, whose `A` has a column for each: `float32[rows, width]`. */
function rowsUpdate(index: Value, { down, up, scale }: LowRankFactors): Value {
  const low = gather(down, index, 1); // [rank, rows]
  return mul(gemm(low, up, { transposeA: true, transposeB: true }), scale);
}
