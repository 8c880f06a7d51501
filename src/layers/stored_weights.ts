/**
 * Stored weights: references into a checkpoint's own files, cast to the element type to compute in.
 *
 * @module
 */

import type { Graph } from "../onnx/graph.ts";
import { cast } from "../onnx/ops.ts";
import type { Dtype, Value } from "../onnx/value.ts";
import type { TensorLedger } from "../weights/checkpoint.ts";
import type { WeightSource } from "./parameters.ts";

/** The tensors of a checkpoint as values of `graph`, each cast to `dtype` once. */
export function storedWeights(graph: Graph, ledger: TensorLedger, dtype: Dtype): WeightSource {
  const taken = new Map<Value, Value>();
  return {
    has: (name) => ledger.has(name),
    take(name, shape) {
      const stored = graph.weight(ledger.take(name, shape));
      const known = taken.get(stored) ?? cast(stored, dtype);
      taken.set(stored, known);
      return known;
    },
  };
}
