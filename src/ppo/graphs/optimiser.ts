/**
 * Adam (Kingma and Ba, arXiv 1412.6980), with decoupled weight decay (Loshchilov and Hutter, arXiv
 * 1711.05101), a limit to the gradient's norm and a schedule of the rate, as nodes of a graph.
 *
 * Parameters and moments are one flat vector each, so that a step is a handful of operators however
 * many tensors a model has.
 *
 * @module
 */

import { add, cos, div, min, mul, pow, reduceSum, relu, sqrt, sub } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";

/** How the rate goes on after its warm-up, over all updates of a run. */
export type Schedule = "constant" | "linear" | "cosine";

/** How parameters are changed. */
export interface AdamSettings {
  readonly learningRate: number;
  readonly schedule: Schedule;
  /** Updates over which the rate rises to its full height. */
  readonly warmUpUpdates: number;
  /** Updates of the whole run, at whose end a falling rate reaches 0. */
  readonly totalUpdates: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** What parameters shrink by per update, as a part of the rate. */
  readonly weightDecay: number;
  /** The gradient is scaled down to this norm where it is longer; Infinity for no limit. */
  readonly maxGradientNorm: number;
}

/** What goes through an update: flat vectors of one length. */
export interface AdamState {
  readonly parameters: Value;
  /** Estimates of the gradient's mean and of its square's, m and v of the paper. */
  readonly first: Value;
  readonly second: Value;
}

/** The state after, and what is watched of it. */
export interface AdamStep extends AdamState {
  /** Before it was limited. */
  readonly gradientNorm: Value;
  readonly learningRate: Value;
}

/**
 * Algorithm 1 of the paper, bias corrections folded into scalars.
 *
 * @param update float32 scalar: the number of this update in the run, from 1, which the rate goes by
 * @param age float32 scalar: the number of this update among those that the moments have seen, where
 * they began later than the run; the bias corrections go by it
 */
export function adam(
  { parameters, first, second, gradient, update, age = update }: AdamState & {
    gradient: Value;
    update: Value;
    age?: Value;
  },
  settings: AdamSettings,
): AdamStep {
  const { beta1, beta2, epsilon, weightDecay } = settings;
  const squares = mul(gradient, gradient);
  const gradientNorm = sqrt(reduceSum(squares, [0]));
  const scale = limitTo(gradientNorm, settings.maxGradientNorm);
  const learningRate = scheduled(update, settings);
  // The gradient that was limited is never written down: its factor goes into the scalars.
  const m = add(mul(first, beta1), mul(gradient, mul(scale, 1 - beta1)));
  const v = add(mul(second, beta2), mul(squares, mul(mul(scale, scale), 1 - beta2)));
  const rate = div(learningRate, correction(age, beta1));
  const root = sqrt(correction(age, beta2));
  // m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + e), with the corrections taken out of the vectors.
  const change = div(mul(m, mul(rate, root)), add(sqrt(v), mul(root, epsilon)));
  const kept = weightDecay === 0
    ? parameters
    : mul(parameters, sub(1, mul(learningRate, weightDecay)));
  return { parameters: sub(kept, change), first: m, second: v, gradientNorm, learningRate };
}

/** What a gradient of this norm is multiplied with. */
function limitTo(norm: Value, limit: number): Value {
  if (limit === Infinity) return add(mul(norm, 0), 1);
  return min(div(limit, add(norm, 1e-6)), 1);
}

/** `1 - beta^age` */
function correction(age: Value, beta: number): Value {
  return sub(1, pow(lifted(age, beta), age));
}

/** The rate of this update: a linear rise, then constant, falling in a line, or along a cosine. */
function scheduled(
  update: Value,
  { learningRate, schedule, warmUpUpdates, totalUpdates }: AdamSettings,
): Value {
  const risen = warmUpUpdates === 0
    ? lifted(update, learningRate)
    : mul(min(div(update, warmUpUpdates), 1), learningRate);
  if (schedule === "constant") return risen;
  const rest = Math.max(1, totalUpdates - warmUpUpdates);
  const over = sub(update, warmUpUpdates + 1); // updates at full height before this one
  const progress = min(relu(div(over, rest)), 1);
  if (schedule === "linear") return mul(risen, sub(1, progress));
  return mul(risen, mul(add(cos(mul(progress, Math.PI)), 1), 0.5));
}

/** A number as a value beside another. */
function lifted(beside: Value, number: number): Value {
  return beside.graph.scalar("float32", number);
}
