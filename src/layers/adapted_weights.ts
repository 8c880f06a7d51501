/**
 * Adapted weights: the weights of another source, with what a low-rank adapter adds to their products.
 *
 * The adapter is not multiplied out: beside `x W` the graph computes `scale * (x A) B`. At rank 16 and a hidden
 * size of 2,048 that is 1.6 % more arithmetic. Merging `W + scale * B A` when a model is loaded would be
 * free afterwards, but it makes new numbers of every adapted weight: a Llama of 625 million numbers in float32
 * took 2.4 GiB of memory for them, 7.3 GiB at its peak, and seven times as long to load, where the base
 * model's file is otherwise read in place, and shared by all adapters of one base.
 *
 * Both are what peft computes in float32: the products here, `merge_and_unload` there. Factors and products
 * are float32 also where the rest is float16, in which numbers as small as an adapter's vanish.
 *
 * @module
 */

import type { Graph } from "../onnx/graph.ts";
import { add, cast, gather, gemm, mul } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type {
  LowRankUpdate,
  StoredTensor,
  TensorLedger,
  UpdateShape,
} from "../weights/checkpoint.ts";
import { linearOf, type LinearShape } from "./linear.ts";
import type { WeightSource } from "./parameters.ts";

/** A source around `base`, with what the ledger says an adapter adds. */
export function adaptedWeights(
  base: WeightSource,
  graph: Graph,
  ledger: TensorLedger,
): WeightSource {
  const update = (name: string, shape: UpdateShape) => ledger.update?.(name, shape);
  const factor = (stored: StoredTensor) => cast(graph.weight(stored), "float32");
  return {
    ...base,
    linear(x, name, shape) {
      const plain = base.linear(x, name, shape);
      const own = update(name, linearExtents(shape));
      return own === undefined ? plain : add(plain, linearUpdate(x, shape, { own, factor }));
    },
    rows(index, name, shape) {
      const plain = base.rows(index, name, shape);
      const own = update(name, { kind: "table", inputs: shape.count, outputs: shape.width });
      if (own === undefined) return plain;
      return add(plain, cast(rowsUpdate(index, { own, factor }), plain.dtype));
    },
  };
}

/** An update, and how its factors become values. */
interface Update {
  readonly own: LowRankUpdate;
  readonly factor: (stored: StoredTensor) => Value;
}

/** Of the stored tensors, whatever part of them is computed. */
function linearExtents({ inputs, outputs, range }: LinearShape): UpdateShape {
  return { kind: "linear", inputs, outputs: range?.of ?? outputs };
}

/** `scale * (x A.T B.T + bias)`, `[rows, outputs]`, in the type of `x`; of a part of the outputs, that part. */
function linearUpdate(x: Value, shape: LinearShape, { own, factor }: Update): Value {
  const low = gemm(cast(x, "float32"), factor(own.down), { transposeB: true }); // [rows, rank]
  const named: WeightSource["take"] = (name) => factor(name === "up.bias" ? own.bias! : own.up);
  const whole = linearOf(named, low, {
    name: "up",
    shape: {
      ...shape,
      inputs: own.up.shape[1]!,
      bias: own.bias !== undefined,
      layout: "out-in", // whatever the layout of the weight itself
    },
  });
  return cast(mul(whole, own.scale), x.dtype);
}

/** The same of rows `index` of a table, whose `A` has a column for each: `float32[rows, width]`. */
function rowsUpdate(index: Value, { own, factor }: Update): Value {
  const low = gather(factor(own.down), index, 1); // [rank, rows]
  return mul(gemm(low, factor(own.up), { transposeA: true, transposeB: true }), own.scale);
}
