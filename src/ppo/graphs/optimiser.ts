/**
 * Adam (Kingma and Ba, arXiv 1412.6980) with decoupled weight decay (Loshchilov and Hutter, arXiv
 * 1711.05101), gradient clipping by norm and a learning rate schedule, as nodes of a graph.
 *
 * Parameters and moments are one flat vector each, so that a step takes a handful of operators however
 * many tensors a model has.
 *
 * @module
 */

import { add, cos, div, min, mul, pow, reduceSum, relu, sqrt, sub } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";

/** The learning rate after its warm-up, over all updates of what is trained. */
export type Schedule = "constant" | "linear" | "cosine";

/** Settings of the optimizer. */
export interface AdamSettings {
  readonly learningRate: number;
  readonly schedule: Schedule;
  /** Updates over which the learning rate rises linearly from 0. */
  readonly warmUpUpdates: number;
  /** Updates of the whole run, after which a decaying rate is 0. */
  readonly totalUpdates: number;
  /** Those of the policy among them, where the first ones train the critic alone. @default totalUpdates */
  readonly policyUpdates?: number | undefined;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled weight decay: parameters shrink by learning rate * weight decay per update. */
  readonly weightDecay: number;
  /** Gradients of a larger norm are scaled down to this one; Infinity for no clipping. */
  readonly maxGradientNorm: number;
  /** What the critic has of its own. @default nothing */
  readonly critic?: CriticAdam | undefined;
}

/** Settings of the optimizer that a critic may have of its own. */
export interface CriticAdam {
  /** @default the policy's */
  readonly learningRate?: number | undefined;
  /** Clips the gradients of policy and critic apart. @default the norm of both together is clipped */
  readonly maxGradientNorm?: number | undefined;
}

/** Parameters and moments: flat vectors of one length. */
export interface AdamState {
  readonly parameters: Value;
  /** First and second moment estimates of the gradient: m and v of the paper. */
  readonly first: Value;
  readonly second: Value;
}

/** The new state, and metrics of the step. */
export interface AdamStep extends AdamState {
  /** Before clipping. */
  readonly gradientNorm: Value;
  readonly learningRate: Value;
}

/** What a step of Adam starts from. */
export interface AdamInputs extends AdamState {
  readonly gradient: Value;
  readonly update: Value;
  /** The norm that decides the clipping. @default that of the gradient */
  readonly norm?: Value;
}

/** The Euclidean norm of a gradient, a scalar. */
export function normOf(gradient: Value): Value {
  return sqrt(reduceSum(mul(gradient, gradient), [0]));
}

/**
 * Algorithm 1 of the paper, with bias corrections folded into scalars.
 *
 * @param update float32 scalar: the number of updates that the moments have seen, including this one; decides
 * the learning rate and the bias corrections
 */
export function adam(
  { parameters, first, second, gradient, update, norm }: AdamInputs,
  settings: AdamSettings,
): AdamStep {
  const { beta1, beta2, epsilon, weightDecay } = settings;
  const squares = mul(gradient, gradient);
  const gradientNorm = norm ?? sqrt(reduceSum(squares, [0]));
  const scale = clipScale(gradientNorm, settings.maxGradientNorm);
  const learningRate = scheduled(update, settings);
  // The clipped gradient is never materialised: its scale goes into the scalars.
  const m = add(mul(first, beta1), mul(gradient, mul(scale, 1 - beta1)));
  const v = add(mul(second, beta2), mul(squares, mul(mul(scale, scale), 1 - beta2)));
  const rate = div(learningRate, correction(update, beta1));
  const root = sqrt(correction(update, beta2));
  // m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + e), with the corrections taken out of the vectors.
  const change = div(mul(m, mul(rate, root)), add(sqrt(v), mul(root, epsilon)));
  const decayed = weightDecay === 0
    ? parameters
    : mul(parameters, sub(1, mul(learningRate, weightDecay)));
  return { parameters: sub(decayed, change), first: m, second: v, gradientNorm, learningRate };
}

/** The factor that brings a gradient of this norm within the limit. */
function clipScale(norm: Value, limit: number): Value {
  if (limit === Infinity) return add(mul(norm, 0), 1);
  return min(div(limit, add(norm, 1e-6)), 1);
}

/** `1 - beta^update` */
function correction(update: Value, beta: number): Value {
  return sub(1, pow(scalarLike(update, beta), update));
}

/** The learning rate of this update: linear warm-up, then constant, linear or cosine decay. */
function scheduled(
  update: Value,
  { learningRate, schedule, warmUpUpdates, totalUpdates }: AdamSettings,
): Value {
  const warmedUp = warmUpUpdates === 0
    ? scalarLike(update, learningRate)
    : mul(min(div(update, warmUpUpdates), 1), learningRate);
  if (schedule === "constant") return warmedUp;
  const rest = Math.max(1, totalUpdates - warmUpUpdates);
  const over = sub(update, warmUpUpdates + 1); // updates since the warm-up, without this one
  const progress = min(relu(div(over, rest)), 1);
  if (schedule === "linear") return mul(warmedUp, sub(1, progress));
  return mul(warmedUp, mul(add(cos(mul(progress, Math.PI)), 1), 0.5));
}

/** A constant in the graph of another value. */
function scalarLike(other: Value, number: number): Value {
  return other.graph.scalar("float32", number);
}
