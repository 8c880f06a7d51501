/**
 * Update in parts: the graphs of an update whose minibatch takes more memory than there is. One computes the
 * gradient of a part and adds it to that of the parts before, the other takes the optimizer's step.
 *
 * @module
 */

import { Parameters } from "../../layers/parameters.ts";
import { Graph } from "../../onnx/graph.ts";
import { add, mul } from "../../onnx/ops.ts";
import { forward } from "./actor_critic.ts";
import { ppoLoss } from "./loss.ts";
import { optimizerStep, stateInputs } from "./optimizer_step.ts";
import type { ParameterLayout } from "./parameter_vector.ts";
import { type PolicyWeights, policyWeights } from "./policy_weights.ts";
import { flatGradient, flattened, targetInputs, type UpdateOptions } from "./update_graph.ts";
import { lossStatNames, lossStats } from "./update_stats.ts";

/**
 * Inputs: those of `updateGraph` that are not the optimizer's; `gradient` float32[size], the sum of the parts
 * before; `kept` float32 scalar, what it is multiplied by: 0 for the first part, 1 for others.
 *
 * Outputs: `gradient.next`, and `stats`, a float32 per {@linkcode lossStatNames}.
 */
export function gradientGraph(options: UpdateOptions): { graph: Graph; weights: PolicyWeights } {
  const graph = new Graph("gradient");
  const weights = policyWeights(graph, options.actorCritic);
  const outputs = forward(graph, options, new Parameters(weights));
  const loss = ppoLoss(outputs, targetInputs(graph, options), options.loss);
  const own = flatGradient(loss, weights, options);
  const before = graph.input("gradient", "float32", [own.dim(0) as number]);
  const kept = graph.input("kept", "float32", []);
  graph.output("gradient.next", add(mul(before, kept), own));
  const stats = lossStats(loss);
  const names = lossStatNames(options.actorCritic);
  graph.output("stats", flattened(names.map((name) => stats[name]!)));
  return { graph, weights };
}

/**
 * Inputs: `gradient`, `parameters`, `first`, `second` and `update` as in `updateGraph`, and `policy_update`
 * where that has it.
 *
 * Outputs: `parameters.next`, `first.next`, `second.next`, and `stats`, a float32 per `STEP_STATS`.
 */
export function stepGraph(
  options: Omit<UpdateOptions, "shape">,
  layout: ParameterLayout,
): { graph: Graph; weights: PolicyWeights } {
  const graph = new Graph("step");
  const weights = policyWeights(graph, options.actorCritic);
  const gradient = graph.input("gradient", "float32", [layout.size]);
  const update = graph.input("update", "float32", []);
  const state = stateInputs(graph, layout.size);
  const after = optimizerStep({ ...state, gradient, update }, options, layout);
  graph.output("parameters.next", after.parameters);
  graph.output("first.next", after.first);
  graph.output("second.next", after.second);
  graph.output("stats", flattened([after.gradientNorm, after.learningRate]));
  return { graph, weights };
}
