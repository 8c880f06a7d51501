/**
 * Fed weights: inputs of the graph, named as a checkpoint names its tensors. For graphs whose weights
 * change from run to run, as those of a trainer do.
 *
 * @module
 */

import type { Graph } from "../onnx/graph.ts";
import { cast } from "../onnx/ops.ts";
import { describe, type Value } from "../onnx/value.ts";
import { rowsOf } from "./embedding.ts";
import { linearOf } from "./linear.ts";
import type { WeightSource } from "./parameters.ts";

/** Weights that are fed, and the list of them. */
export interface FedWeights extends WeightSource {
  /** Every weight taken so far, `float32` and of known shape, in the order in which they were taken. */
  readonly taken: ReadonlyMap<string, Value>;
}

/** Declares an input of `graph` for every weight that is taken. */
export function fedWeights(graph: Graph): FedWeights {
  const taken = new Map<string, Value>();
  const take: WeightSource["take"] = (name, shape, dtype = "float32") => {
    const known = taken.get(name) ?? graph.input(name, "float32", shape);
    if (known.shape.join() !== shape.join()) {
      throw new TypeError(
        `Cannot take "${name}" as [${shape.join(", ")}] as it was taken before: received ${
          describe(known)
        }`,
      );
    }
    taken.set(name, known);
    return cast(known, dtype);
  };
  return {
    taken,
    has: () => true,
    take,
    linear: (x, name, shape) => linearOf(take, x, { name, shape }),
    rows: (index, name, shape) => rowsOf(take, index, { name, shape }),
  };
}
