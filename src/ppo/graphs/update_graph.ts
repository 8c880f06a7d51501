/**
 * Update graph: one optimizer step of PPO on a minibatch. Forward pass, loss, backward pass, gradient
 * clipping and Adam in one run.
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
import { type ActorCritic, type BatchShape, forward, ROWS } from "./actor_critic.ts";
import { type Loss, type LossSettings, ppoLoss, type Targets } from "./loss.ts";
import { adam, type AdamSettings, type AdamState, type AdamStep, normOf } from "./optimiser.ts";
import { belongsToCritic, layoutOf, type ParameterLayout } from "./parameter_vector.ts";

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

/** Entries of the output `stats`, in order; those of the critic are left out where there is none. */
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

/** The name of an entry. */
export type UpdateStat = typeof UPDATE_STATS[number];

/** Entries that only a critic has. */
const CRITIC_STATS = ["value_loss", "value_clip_fraction"] as const;

/** The name of an entry that only a critic has. */
export type CriticStat = typeof CRITIC_STATS[number];

/** The entries of a graph, in order. */
export function statNames({ critic }: Pick<ActorCritic, "critic">): readonly UpdateStat[] {
  if (critic !== "none") return UPDATE_STATS;
  return UPDATE_STATS.filter((name) => !CRITIC_STATS.some((each) => each === name));
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
export function updateGraph(options: UpdateOptions): { graph: Graph; weights: FedWeights } {
  const graph = new Graph("update");
  const weights = fedWeights(graph);
  const outputs = forward(graph, options, new Parameters(weights));
  const loss = ppoLoss(outputs, targetInputs(graph, options), options.loss);
  const gradient = flatGradient(loss, weights, options);
  const state = stateInputs(graph, gradient.dim(0) as number);
  const update = graph.input("update", "float32", []);
  const after = optimizerStep({ ...state, gradient, update }, options, layoutOf(weights));
  graph.output("parameters.next", after.parameters);
  graph.output("first.next", after.first);
  graph.output("second.next", after.second);
  const stats: Readonly<Record<UpdateStat, Value | undefined>> = {
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
  graph.output("stats", flattened(statNames(options.actorCritic).map((name) => stats[name]!)));
  return { graph, weights };
}

/** The gradient of the loss by the whole parameter vector; 0 for weights that are not trained. */
function flatGradient(
  loss: Loss,
  weights: FedWeights,
  { criticOnly = false, loss: { valueCoefficient } }: UpdateOptions,
): Value {
  const { places, policySize } = layoutOf(weights);
  const names = [...places.keys()].filter((name) => !criticOnly || belongsToCritic(name));
  const trained = names.map((name) => weights.taken.get(name)!);
  if (!criticOnly) return flattened(gradients(loss.total, trained));
  const value = loss.value!;
  const parts = gradients(value, trained).map((part) => mul(part, valueCoefficient));
  return flattened([expand(value.graph.scalar("float32", 0), [policySize]), ...parts]);
}

/** A step of Adam; bias corrections count the updates that policy and critic have each had. */
function optimizerStep(
  before: AdamState & { gradient: Value; update: Value },
  options: UpdateOptions,
  layout: ParameterLayout,
): AdamStep {
  const { adam: settings, criticOnly, policyLater } = options;
  if (settings.critic !== undefined) return steppedApart(before, options, layout);
  const whole = adam(before, settings);
  // Without this, its moments and weight decay would still move the policy.
  if (criticOnly) return merged({ policy: before, critic: whole }, layout);
  if (!policyLater) return whole;
  const age = before.update.graph.input("policy_update", "float32", []);
  const { parameters } = adam({ ...before, age }, settings);
  return merged({ policy: { ...whole, parameters }, critic: whole }, layout);
}

/** Steps of policy and critic, each on its part of the vectors, with what the critic has of its own. */
function steppedApart(
  before: AdamState & { gradient: Value; update: Value },
  { adam: settings, criticOnly, policyLater }: UpdateOptions,
  { policySize, size }: ParameterLayout,
): AdamStep {
  const part = (start: number, end: number) => (vector: Value) =>
    slice(vector, { axis: 0, start, end });
  const [own, critics] = [part(0, policySize), part(policySize, size)];
  const stateOf = (of: (vector: Value) => Value): AdamState => ({
    parameters: of(before.parameters),
    first: of(before.first),
    second: of(before.second),
  });
  const inputsOf = (of: (vector: Value) => Value) => {
    return { ...stateOf(of), gradient: of(before.gradient), update: before.update };
  };
  const { learningRate = settings.learningRate, maxGradientNorm } = settings.critic ?? {};
  const gradientNorm = normOf(before.gradient);
  const norm = maxGradientNorm === undefined ? { norm: gradientNorm } : {};
  const critic = adam({ ...inputsOf(critics), ...norm }, {
    ...settings,
    learningRate,
    maxGradientNorm: maxGradientNorm ?? settings.maxGradientNorm,
  });
  const age = policyLater && !criticOnly
    ? { age: before.update.graph.input("policy_update", "float32", []) }
    : {};
  const policy = criticOnly
    ? { ...stateOf(own), learningRate: critic.learningRate }
    : adam({ ...inputsOf(own), ...norm, ...age }, settings);
  const both = (name: keyof AdamState) => concat([policy[name], critic[name]], 0);
  return {
    parameters: both("parameters"),
    first: both("first"),
    second: both("second"),
    gradientNorm,
    learningRate: policy.learningRate,
  };
}

/** The policy's part of one state and the critic's part of another. */
function merged(
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

function targetInputs(
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

function stateInputs(graph: Graph, size: number): AdamState {
  const input = (name: string) => graph.input(name, "float32", [size]);
  return { parameters: input("parameters"), first: input("first"), second: input("second") };
}

/** All values concatenated into one vector. */
function flattened(values: readonly Value[]): Value {
  return concat(values.map((value) => reshape(value, [size(value.shape).known])), 0);
}
