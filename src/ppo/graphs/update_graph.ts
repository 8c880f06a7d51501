/**
 * Update graph: one step of PPO, from a minibatch to changed parameters. Forward, loss, backward, limit
 * of the norm and Adam in one run.
 *
 * @module
 */

import { type FedWeights, fedWeights } from "../../layers/fed_weights.ts";
import { Parameters } from "../../layers/parameters.ts";
import { size } from "../../onnx/broadcast.ts";
import { gradients } from "../../onnx/gradient.ts";
import { Graph } from "../../onnx/graph.ts";
import { concat, expand, mul, reshape, slice } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import { type ActorCritic, type BatchShape, readings, ROWS } from "./actor_critic.ts";
import { type Before, type Loss, type LossSettings, ppoLoss } from "./loss.ts";
import { isCritics, layoutOf, type ParameterLayout } from "./parameter_vector.ts";
import { adam, type AdamSettings, type AdamState, type AdamStep } from "./optimiser.ts";

/** Everything that an update depends on beside its numbers. */
export interface UpdateOptions {
  readonly actorCritic: ActorCritic;
  readonly shape: BatchShape;
  readonly loss: LossSettings;
  readonly adam: AdamSettings;
  /** Whether only the critic learns: the value loss counts alone, and the policy stays as it is. */
  readonly criticOnly?: boolean;
  /** Whether the policy has had fewer updates than the critic, which was alone at first. */
  readonly policyLater?: boolean;
}

/** What the output `stats` holds, in this order. */
export const UPDATE_STATS = [
  "loss",
  "policy_loss",
  "value_loss",
  "entropy",
  "approx_kl",
  "clip_fraction",
  "value_clip_fraction",
  "gradient_norm",
  "learning_rate",
] as const;

/**
 * Inputs: the weights; those that {@linkcode readings} declares; `log_probs`, `values`, `advantages`, `returns` and `share`
 * (float32[rows]); `update` (float32 scalar, from 1) and, where the policy came later, `policy_update`, the
 * same among its own; `parameters`, `first` and `second` (flat vectors of all weights, see
 * `parameter_vector.ts`). The weights are views of `parameters`.
 *
 * Outputs: `parameters`, `first` and `second` changed, as `parameters.next` and so on, and `stats`, float32[9].
 */
export function updateGraph(options: UpdateOptions): { graph: Graph; weights: FedWeights } {
  const graph = new Graph("update");
  const weights = fedWeights(graph);
  const read = readings(graph, options, new Parameters(weights));
  const loss = ppoLoss(read, beforeInputs(graph), options.loss);
  const gradient = flatGradient(loss, weights, options);
  const state = stateInputs(graph, gradient.dim(0) as number);
  const update = graph.input("update", "float32", []);
  const after = stepped({ ...state, gradient, update }, options, layoutOf(weights));
  graph.output("parameters.next", after.parameters);
  graph.output("first.next", after.first);
  graph.output("second.next", after.second);
  const stats: Readonly<Record<typeof UPDATE_STATS[number], Value>> = {
    loss: loss.total,
    policy_loss: loss.policy,
    value_loss: loss.value,
    entropy: loss.entropy,
    approx_kl: loss.approxKl,
    clip_fraction: loss.clipFraction,
    value_clip_fraction: loss.valueClipFraction,
    gradient_norm: after.gradientNorm,
    learning_rate: after.learningRate,
  };
  graph.output("stats", flat(UPDATE_STATS.map((name) => stats[name])));
  return { graph, weights };
}

/** The derivative of the loss by the whole vector of parameters; 0 for those that do not learn. */
function flatGradient(
  loss: Loss,
  weights: FedWeights,
  { criticOnly = false, loss: { valueCoefficient } }: UpdateOptions,
): Value {
  const { places, policySize } = layoutOf(weights);
  const names = [...places.keys()].filter((name) => !criticOnly || isCritics(name));
  const learning = names.map((name) => weights.taken.get(name)!);
  if (!criticOnly) return flat(gradients(loss.total, learning));
  const parts = gradients(loss.value, learning).map((part) => mul(part, valueCoefficient));
  return flat([expand(loss.value.graph.scalar("float32", 0), [policySize]), ...parts]);
}

/** A step of what learns, in which each part's bias corrections go by the updates that it has had. */
function stepped(
  before: AdamState & { gradient: Value; update: Value },
  { adam: settings, criticOnly, policyLater }: UpdateOptions,
  layout: ParameterLayout,
): AdamStep {
  const whole = adam(before, settings);
  // The policy's moments and the decay of weights would move it on.
  if (criticOnly) return joined({ policy: before, critic: whole }, layout);
  if (!policyLater) return whole;
  const age = before.update.graph.input("policy_update", "float32", []);
  const { parameters } = adam({ ...before, age }, settings);
  return joined({ policy: { ...whole, parameters }, critic: whole }, layout);
}

/** The policy's part of one state and the critic's of another. */
function joined(
  { policy, critic }: { policy: AdamState; critic: AdamStep },
  { policySize, size }: ParameterLayout,
): AdamStep {
  const both = (name: keyof AdamState) =>
    policy[name] === critic[name] ? policy[name] : concat([
      slice(policy[name], { axis: 0, start: 0, end: policySize }),
      slice(critic[name], { axis: 0, start: policySize, end: size }),
    ], 0);
  return {
    ...critic,
    parameters: both("parameters"),
    first: both("first"),
    second: both("second"),
  };
}

function beforeInputs(graph: Graph): Before {
  const input = (name: string) => graph.input(name, "float32", [ROWS]);
  return {
    logProbs: input("log_probs"),
    values: input("values"),
    advantages: input("advantages"),
    returns: input("returns"),
    share: input("share"),
  };
}

function stateInputs(graph: Graph, size: number): AdamState {
  const input = (name: string) => graph.input(name, "float32", [size]);
  return { parameters: input("parameters"), first: input("first"), second: input("second") };
}

/** All numbers of all values, one after the other. */
function flat(values: readonly Value[]): Value {
  return concat(values.map((value) => reshape(value, [size(value.shape).known])), 0);
}
