/**
 * Adapted weights: the weights of another source, with what a stored adapter adds to their products.
 *
 * Merging `W + scale * B A` when a model is loaded would be free afterwards, but it makes new numbers of every
 * adapted weight: a Llama of 625 million numbers in float32 took 2.4 GiB of memory for them, 7.3 GiB at its
 * peak, and seven times as long to load, where the base model's file is otherwise read in place, and shared by
 * all adapters of one base. Both are what peft computes in float32: the products here, `merge_and_unload`
 * there.
 *
 * @module
 */

import type { Graph } from "../onnx/graph.ts";
import { cast } from "../onnx/ops.ts";
import type { StoredTensor, TensorLedger } from "../weights/checkpoint.ts";
import { lowRankWeights } from "./low_rank_weights.ts";
import type { WeightSource } from "./parameters.ts";

/** A source around `base`, with what the ledger says an adapter adds. */
export function adaptedWeights(
  base: WeightSource,
  graph: Graph,
  ledger: TensorLedger,
): WeightSource {
  const factor = (stored: StoredTensor) => cast(graph.weight(stored), "float32");
  return lowRankWeights(base, (name, shape) => {
    const own = ledger.update?.(name, shape);
    if (own === undefined) return undefined;
    const { down, up, bias, scale } = own;
    return {
      down: factor(down),
      up: factor(up),
      bias: bias && factor(bias),
      scale,
    };
  });
}
