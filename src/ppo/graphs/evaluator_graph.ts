/**
 * Evaluator graph: what a policy and its critic say of completions that are already written.
 *
 * @module
 */

import { type FedWeights, fedWeights } from "../../layers/fed_weights.ts";
import { Parameters } from "../../layers/parameters.ts";
import { Graph } from "../../onnx/graph.ts";
import { reshape } from "../../onnx/ops.ts";
import { type ActorCritic, type BatchShape, readings, ROWS } from "./actor_critic.ts";
import { logProbabilities } from "./log_probabilities.ts";

/** What an evaluator gives out beside log-probabilities. */
export interface EvaluatorOutputs {
  readonly values: boolean;
  readonly attention: boolean;
}

/**
 * Inputs as {@linkcode readings} declares them. Outputs: `log_probs` float32[rows], and where asked for
 * `values` float32[rows] and `attention` float32[batch, length, length].
 */
export function evaluatorGraph(
  actorCritic: ActorCritic,
  shape: BatchShape,
  outputs: EvaluatorOutputs,
): { graph: Graph; weights: FedWeights } {
  const graph = new Graph("evaluator");
  const weights = fedWeights(graph);
  const at = new Parameters(weights);
  const read = readings(graph, { actorCritic, shape }, at);
  graph.output("log_probs", reshape(logProbabilities(read.logits, read.actions), [{ rest: ROWS }]));
  if (outputs.values) graph.output("values", read.values);
  if (outputs.attention) graph.output("attention", read.attention());
  return { graph, weights };
}
