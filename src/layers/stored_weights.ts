/**
 * Stored weights: references into a checkpoint's own files, cast to the element type to compute in.
 *
 * @module
 */

import type { Graph } from "../onnx/graph.ts";
import { cast } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { TensorLedger } from "../weights/checkpoint.ts";
import { adaptedWeights } from "./adapted_weights.ts";
import { rowsOf } from "./embedding.ts";
import { linearOf } from "./linear.ts";
import type { WeightSource } from "./parameters.ts";
import { quantizedWeights } from "./quantized_weights.ts";

/**
 * What a model may compute in: the element type of its weights and hidden states. Norms, the softmax of
 * attention and the head compute in float32 in any case, and so do sums by index.
 *
 * A graph is the same for every device. Where a device has no float16 kernel, onnxruntime casts around the
 * node: on x86 its CPU provider computes all products in float32 and rounds the result. For bfloat16 we do so
 * ourselves (`onnx/widened.ts`).
 */
export type ComputeDtype = "float32" | "float16" | "bfloat16";

/**
 * What a model's products are computed in: as {@linkcode ComputeDtype}, or whole numbers of 8 bits in the linear
 * layers and float32 in all else (`quantized_weights.ts`).
 */
export type ModelDtype = ComputeDtype | "int8";

/**
 * The tensors of a checkpoint as values of `graph`, cast once to each element type that is asked for, with what
 * an adapter adds to them.
 */
export function storedWeights(
  graph: Graph,
  ledger: TensorLedger,
  dtype: ComputeDtype,
): WeightSource {
  const casts = new Map<string, Value>();
  const take: WeightSource["take"] = (name, shape, wanted = dtype) => {
    const stored = graph.weight(ledger.take(name, shape));
    const key = `${wanted} ${name}`;
    const known = casts.get(key) ?? cast(stored, wanted);
    casts.set(key, known);
    return known;
  };
  const stored: WeightSource = {
    has: (name) => ledger.has(name),
    take,
    linear: (x, name, shape) => linearOf(take, x, { name, shape }),
    rows: (index, name, shape) => rowsOf(take, index, { name, shape }),
  };
  const source = ledger.quantized === undefined ? stored : quantizedWeights(stored, graph, ledger);
  return ledger.update === undefined ? source : adaptedWeights(source, graph, ledger);
}
