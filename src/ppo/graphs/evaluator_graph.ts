/**
 * Evaluator graph: log-probabilities, values and attention of completions that already exist.
 *
 * @module
 */

import { Parameters } from "../../layers/parameters.ts";
import { Graph } from "../../onnx/graph.ts";
import { reshape } from "../../onnx/ops.ts";
import { type ActorCritic, type BatchShape, forward, ROWS } from "./actor_critic.ts";
import { logProbabilities } from "./log_probabilities.ts";
import { type PolicyWeights, policyWeights } from "./policy_weights.ts";

/** Outputs of an evaluator in addition to log-probabilities. */
export interface EvaluatorOutputs {
  readonly values: boolean;
  readonly attention: boolean;
}

/**
 * Inputs: those of {@linkcode forward}. Outputs: `log_probs` float32[rows] and, if requested, `values`
 * float32[rows] and `attention` float32[batch, length, length].
 */
export function evaluatorGraph(
  actorCritic: ActorCritic,
  shape: BatchShape,
  outputs: EvaluatorOutputs,
): { graph: Graph; weights: PolicyWeights } {
  const graph = new Graph("evaluator");
  const weights = policyWeights(graph, actorCritic);
  const found = forward(graph, { actorCritic, shape }, new Parameters(weights));
  const logProbs = logProbabilities(found.logits, found.actions);
  graph.output("log_probs", reshape(logProbs, [{ rest: ROWS }]));
  if (outputs.values) graph.output("values", found.values);
  if (outputs.attention) graph.output("attention", found.attention());
  return { graph, weights };
}
