/**
 * Classifier: a trunk with a linear head, which is what Hugging Face reward models are.
 *
 * @module
 */

import { linear } from "../layers/linear.ts";
import { treeBatch } from "../layers/frames/tree.ts";
import { Parameters } from "../layers/parameters.ts";
import { storedWeights } from "../layers/stored_weights.ts";
import { Graph } from "../onnx/graph.ts";
import type { TensorLedger } from "../weights/checkpoint.ts";
import type { Architecture } from "./architecture.ts";
import { gradientGraph } from "./gradient_graph.ts";
import type { Trunk } from "./trunk.ts";

/** A causal trunk with a head called `score`, as every `...ForSequenceClassification` has it. */
export function causalClassifier(
  name: string,
  trunk: Trunk,
  labels: readonly string[],
): Architecture {
  const { family, sharesUpTo, dimensions } = trunk;
  return {
    name,
    family,
    causal: true,
    sharesUpTo,
    labels,
    dimensions: { ...dimensions, labels: labels.length },
    build: (weights) => scoringGraph(trunk, labels.length, weights),
    buildGradient: (weights, labelWeights) => gradientGraph(trunk, labelWeights, weights),
  };
}

/** Logits at the query rows and the credit rows of the last layer's attention. */
function scoringGraph(trunk: Trunk, labels: number, weights: TensorLedger): Graph {
  for (const { pattern, reason } of trunk.derived) weights.ignore(pattern, reason);
  const graph = new Graph(trunk.family);
  const parameters = new Parameters(storedWeights(graph, weights, "float32"));
  const batch = treeBatch(graph);
  const { layers, hidden } = trunk.dimensions;
  const rows = trunk.hidden(batch, parameters.at(trunk.prefix), {
    frame: (layer) => layer === layers - 1 ? batch.last : batch.inner,
    watch: (last, heads) => graph.output("credit", batch.creditRows(last, heads)),
  });
  const shape = { inputs: hidden, outputs: labels, bias: false };
  graph.output("logits", linear(rows, parameters.at("score"), shape));
  return graph;
}
