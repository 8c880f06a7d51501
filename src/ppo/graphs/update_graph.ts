/**
 * Update graph: one optimizer step of PPO on a minibatch. Forward pass, loss, backward pass, gradient
 * clipping and Adam in one run.
 *
 * @module
 */

import { Parameters } from "../../layers/parameters.ts";
import { size } from "../../onnx/broadcast.ts";
import { gradients } from "../../onnx/gradient.ts";
import { Graph } from "../../onnx/graph.ts";
import { concat, expand, mul, reshape } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import { type ActorCritic, type BatchShape, forward, ROWS } from "./actor_critic.ts";
import { type Loss, type LossSettings, ppoLoss, type Targets } from "./loss.ts";
import type { AdamSettings } from "./optimiser.ts";
import { optimizerStep, stateInputs } from "./optimizer_step.ts";
import { belongsToCritic, layoutOf } from "./parameter_vector.ts";
import { type PolicyWeights, policyWeights } from "./policy_weights.ts";
import { lossStats, statNames } from "./update_stats.ts";

/** Options of an update graph. */
export interface UpdateOptions {
  readonly actorCritic: ActorCritic;
  readonly shape: BatchShape;
  readonly loss: LossSettings;
  readonly adam: AdamSettings;
  /** Whether to train the critic alone, by the value loss; the policy stays unchanged. @default false */
  readonly criticOnly?: boolean;
  /** Whether the policy has had fewer updates than the critic, after a warm-up. @default false */
  readonly policyLater?: boolean;
}

/**
 * Inputs:
 *
 * - those of {@linkcode forward}
 * - `log_probs`, `advantages`, `weight` and `share`, float32[rows]: see {@linkcode Targets}; with a critic
 *   `values` and `returns` as well, and where KL is a term of the loss `reference_log_probs` and the scalar
 *   `kl_coefficient`
 * - `update` float32 scalar: the number of this update, from 1; with `policyLater` also `policy_update`,
 *   its number among those of the policy
 * - `parameters`, `first` and `second`: flat vectors of all weights and of Adam's moments
 *   (`parameter_vector.ts`); the weights are views of `parameters`
 *
 * Outputs: `parameters.next`, `first.next`, `second.next`, and `stats`, a float32 per {@linkcode statNames}.
 */
export function updateGraph(options: UpdateOptions): { graph: Graph; weights: PolicyWeights } {
  const graph = new Graph("update");
  const weights = policyWeights(graph, options.actorCritic);
  const outputs = forward(graph, options, new Parameters(weights));
  const loss = ppoLoss(outputs, targetInputs(graph, options), options.loss);
  const gradient = flatGradient(loss, weights, options);
  const state = stateInputs(graph, gradient.dim(0) as number);
  const update = graph.input("update", "float32", []);
  const after = optimizerStep({ ...state, gradient, update }, options, layoutOf(weights.trained));
  graph.output("parameters.next", after.parameters);
  graph.output("first.next", after.first);
  graph.output("second.next", after.second);
  const stats = {
    ...lossStats(loss),
    gradient_norm: after.gradientNorm,
    learning_rate: after.learningRate,
  };
  graph.output("stats", flattened(statNames(options.actorCritic).map((name) => stats[name]!)));
  return { graph, weights };
}

/** The gradient of the loss by the whole parameter vector; 0 for what a critic alone leaves as it is. */
function flatGradient(loss: Loss, weights: PolicyWeights, options: UpdateOptions): Value {
  const parts = [...weightGradients(loss, weights, options).values()];
  if (!options.criticOnly) return flattened(parts);
  const { policySize } = layoutOf(weights.trained);
  return flattened([expand(loss.total.graph.scalar("float32", 0), [policySize]), ...parts]);
}

/** The gradient of the loss by each weight that is trained, in the order of the vector. */
export function weightGradients(
  loss: Loss,
  { trained }: PolicyWeights,
  { criticOnly = false, loss: { valueCoefficient } }: UpdateOptions,
): ReadonlyMap<string, Value> {
  const names = [...layoutOf(trained).places.keys()]
    .filter((name) => !criticOnly || belongsToCritic(name));
  const changed = names.map((name) => trained.get(name)!);
  const found = criticOnly
    ? gradients(loss.value!, changed).map((each) => mul(each, valueCoefficient))
    : gradients(loss.total, changed);
  return new Map(names.map((name, i) => [name, found[i]!]));
}

/** What the loss compares with. */
export function targetInputs(
  graph: Graph,
  { actorCritic, loss }: UpdateOptions,
): Targets {
  const input = (name: string) => graph.input(name, "float32", [ROWS]);
  const coefficient = () => graph.input("kl_coefficient", "float32", []);
  return {
    logProbs: input("log_probs"),
    advantages: input("advantages"),
    weight: input("weight"),
    share: input("share"),
    ...actorCritic.critic === "none"
      ? {}
      : { critic: { values: input("values"), returns: input("returns") } },
    ...loss.klPenalty === true
      ? { reference: { logProbs: input("reference_log_probs"), coefficient: coefficient() } }
      : {},
  };
}

/** All values concatenated into one vector. */
export function flattened(values: readonly Value[]): Value {
  return concat(values.map((value) => reshape(value, [size(value.shape).known])), 0);
}
