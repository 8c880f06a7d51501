/**
 * Weight bytes: how much memory the weights of a graph take once a session over it is open. Pure.
 *
 * onnxruntime folds a cast of a weight when it opens a session and drops what was cast, so that a weight
 * counts in the type that it is computed in, once for each of them.
 *
 * @module
 */

import { dtypeBytes } from "./dtypes.ts";
import type { Graph, Node, StoredWeight } from "./graph.ts";
import { bodiesOf } from "./needed.ts";
import type { Dtype } from "./value.ts";

/** What a session over `graph` holds. */
export interface WeightBytes {
  /** All weights, in bytes. */
  readonly all: number;
  /** What is held in addition while they are read: the largest one as it is stored, in bytes. */
  readonly whileLoading: number;
}

/** Counts the weights that the nodes of a graph use. */
export function weightBytes(graph: Graph): WeightBytes {
  const held = new Map<StoredWeight, Set<Dtype>>();
  const walk = (node: Node) => {
    for (const input of node.inputs) {
      const weight = input && graph.weights.get(input);
      if (weight === undefined) continue;
      const types = held.get(weight) ?? new Set();
      held.set(weight, types.add(node.op === "Cast" ? node.outputs[0]!.dtype : weight.dtype));
    }
    for (const body of bodiesOf(node)) body.nodes.forEach(walk);
  };
  graph.nodes.forEach(walk);
  let [all, whileLoading] = [0, 0];
  for (const [weight, types] of held) {
    const count = weight.length / dtypeBytes[weight.dtype];
    for (const type of types) all += count * dtypeBytes[type];
    whileLoading = Math.max(whileLoading, weight.length);
  }
  return { all, whileLoading };
}
