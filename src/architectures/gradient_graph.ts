/**
 * Gradient graph: how much the score of a sequence owes, to first order, to the embedding of each of
 * its tokens. One forward and one backward pass, down to the embeddings and no further: no weight has
 * a gradient.
 *
 * @module
 */

import { paddedBatch } from "../layers/frames/padded.ts";
import { linear } from "../layers/linear.ts";
import { Parameters } from "../layers/parameters.ts";
import { storedWeights } from "../layers/stored_weights.ts";
import { gradients } from "../onnx/gradient.ts";
import { Graph } from "../onnx/graph.ts";
import { gather, matmul, mul, reduceSum } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { TensorLedger } from "../weights/checkpoint.ts";
import type { Trunk } from "./trunk.ts";

/**
 * The graph of `attribution`, `float32[tokens]`: for each token, the gradient of its sequence's score by
 * the token's embedding, times that embedding.
 *
 * Inputs are those of a padded frame (`ids`, `positions`, where the family asks for them `iota` and
 * `lengths`), its `length`, `int64[]`, and `rows`, `int32[batch]`: the token that each sequence is pooled
 * at. The score is the logits there, weighted by `labelWeights`, one per label.
 */
export function gradientGraph(
  trunk: Trunk,
  labelWeights: readonly number[],
  weights: TensorLedger,
): Graph {
  const graph = new Graph(`${trunk.family}.gradient`);
  const parameters = new Parameters(storedWeights(graph, weights, "float32"));
  const batch = paddedBatch(graph, {
    length: { name: "length", value: graph.input("length", "int64", []) },
  });
  let words: Value | undefined;
  const states = trunk.hidden(batch, parameters.at(trunk.prefix), {
    frame: () => batch.frame,
    embedded: (embeddings) => words = embeddings,
  }); // [tokens, hidden]
  const pooled = gather(states, graph.input("rows", "int32", ["batch"])); // [batch, hidden]
  const labels = labelWeights.length;
  const shape = { inputs: trunk.dimensions.hidden, outputs: labels, bias: false };
  const logits = linear(pooled, parameters.at("score"), shape); // [batch, labels]
  const blend = graph.constant({ dtype: "float32", shape: [labels, 1], data: labelWeights });
  // No sequence sees another, so the gradient of the sum of all scores is that of each.
  const scores = matmul(logits, blend); // [batch, 1]
  if (words === undefined) {
    throw new TypeError(
      `Cannot differentiate a trunk as it told of no embeddings: received "${trunk.family}"`,
    );
  }
  const [slope] = gradients(scores, [words]);
  graph.output("attribution", reduceSum(mul(slope!, words), [1]));
  return graph;
}
