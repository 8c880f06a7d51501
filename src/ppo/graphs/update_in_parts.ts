/**
 * Update in parts: the graphs of an update of a policy, or with a minibatch, that takes more memory than there is.
 * One computes gradients, of a part of the minibatch after the other, and the other the optimizer's step, on a
 * slice of the vectors after the other.
 *
 * @module
 */

import { Parameters } from "../../layers/parameters.ts";
import { Graph } from "../../onnx/graph.ts";
import { add, mul, reduceSum, reshape } from "../../onnx/ops.ts";
import { forward } from "./actor_critic.ts";
import { ppoLoss } from "./loss.ts";
import { adam, type AdamSettings } from "./optimiser.ts";
import { type PolicyWeights, policyWeights } from "./policy_weights.ts";
import { flattened, targetInputs, type UpdateOptions, weightGradients } from "./update_graph.ts";
import { lossStatNames, lossStats } from "./update_stats.ts";

/** The output that is a weight's gradient, and the input that is the sum of those of the parts before. */
export const gradientNames = {
  output: (weight: string) => `gradient of ${weight}`,
  before: (weight: string) => `gradient before of ${weight}`,
} as const;

/**
 * Inputs: those of `updateGraph` that are not the optimizer's. If the gradients of parts are added up, also those of
 * the parts before, by {@linkcode gradientNames}, and `kept` float32 scalar, what these are multiplied by: 0
 * for the first part, 1 for others.
 *
 * Outputs: the gradient of each weight that is trained, and `stats`, a float32 per {@linkcode lossStatNames}.
 */
export function gradientGraph(
  options: UpdateOptions,
  { adds }: { readonly adds: boolean },
): { graph: Graph; weights: PolicyWeights } {
  const graph = new Graph("gradient");
  const weights = policyWeights(graph, options.actorCritic);
  const outputs = forward(graph, options, new Parameters(weights));
  const loss = ppoLoss(outputs, targetInputs(graph, options), options.loss);
  const kept = adds ? graph.input("kept", "float32", []) : undefined;
  for (const [name, own] of weightGradients(loss, weights, options)) {
    const sum = kept === undefined
      ? own
      : add(mul(graph.input(gradientNames.before(name), "float32", own.shape), kept), own);
    graph.output(gradientNames.output(name), sum);
  }
  const stats = lossStats(loss);
  const names = lossStatNames(options.actorCritic);
  graph.output("stats", flattened(names.map((name) => stats[name]!)));
  return { graph, weights };
}

/** Name of the dim of a slice's elements. */
const SLICE = "slice";

/** Input: `gradient` float32[slice]. Output: `sum` float32[1], of its squares. */
export function squaresGraph(): { graph: Graph; weights: PolicyWeights } {
  const graph = new Graph("squares");
  const gradient = graph.input("gradient", "float32", [SLICE]);
  graph.output("sum", reshape(reduceSum(mul(gradient, gradient), [0]), [1]));
  return { graph, weights: policyWeights(graph, {}) };
}

/**
 * Inputs: slices of `gradient`, `parameters`, `first` and `second`, float32[slice]; the scalars `update`, as in
 * `updateGraph`, and `norm`, that of the gradient by which it is clipped; with `later` `policy_update` in place of
 * `update`.
 *
 * Outputs: `parameters.next`, `first.next`, `second.next`, and `learning_rate` float32[1].
 */
export function stepGraph(
  settings: AdamSettings,
  { later }: { readonly later: boolean },
): { graph: Graph; weights: PolicyWeights } {
  const graph = new Graph("step");
  const slice = (name: string) => graph.input(name, "float32", [SLICE]);
  const scalar = (name: string) => graph.input(name, "float32", []);
  const before = {
    gradient: slice("gradient"),
    parameters: slice("parameters"),
    first: slice("first"),
    second: slice("second"),
    norm: scalar("norm"),
    update: scalar(later ? "policy_update" : "update"),
  };
  const after = adam(before, settings);
  graph.output("parameters.next", after.parameters);
  graph.output("first.next", after.first);
  graph.output("second.next", after.second);
  graph.output("learning_rate", reshape(after.learningRate, [1]));
  return { graph, weights: policyWeights(graph, {}) };
}
