/**
 * The loss of PPO (Schulman et al., arXiv 1707.06347), as nodes of a graph.
 *
 * @module
 */

import {
  abs,
  add,
  cast,
  exp,
  greater,
  max,
  min,
  mul,
  neg,
  reduceLogSumExp,
  reduceSum,
  reshape,
  softmax,
  sub,
} from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import { type Readings, ROWS } from "./actor_critic.ts";
import { logProbabilities } from "./log_probabilities.ts";

/** How far an update may go, and what its parts weigh. */
export interface LossSettings {
  /** The ratio's range is 1 - clip to 1 + clip: epsilon of equation 7. */
  readonly clip: number;
  /** The same for values, from the old ones; 0 for no limit. */
  readonly valueClip: number;
  /** c1 of equation 9. */
  readonly valueCoefficient: number;
  /** c2 of equation 9. */
  readonly entropyCoefficient: number;
}

/** What was known before the update, `[rows]` each. */
export interface Before {
  readonly logProbs: Value;
  readonly values: Value;
  readonly advantages: Value;
  readonly returns: Value;
  /** The weight of each row in a mean: 1 / rows. */
  readonly share: Value;
}

/** The loss and what is watched beside it, scalars all. */
export interface Loss {
  readonly total: Value;
  readonly policy: Value;
  readonly value: Value;
  /** Mean over tokens, in nats. */
  readonly entropy: Value;
  /** KL from the policy before: the mean of `ratio - 1 - log ratio`, never negative. */
  readonly approxKl: Value;
  /** The part of tokens whose ratio lies out of range. */
  readonly clipFraction: Value;
  /** The part of tokens whose limited value decides, for it is farther from the return. */
  readonly valueClipFraction: Value;
}

/** Equation 9: the clipped surrogate, the value loss and the entropy bonus. */
export function ppoLoss(read: Readings, before: Before, settings: LossSettings): Loss {
  const mean = (perRow: Value) => reduceSum(mul(perRow, before.share), [0]);
  const logRatio = sub(
    reshape(logProbabilities(read.logits, read.actions), [{ rest: ROWS }]),
    before.logProbs,
  );
  const ratio = exp(logRatio);
  const policy = mean(surrogateLoss(ratio, before.advantages, settings.clip));
  const { loss: valueLosses, clipped } = valueLoss(read.values, before, settings.valueClip);
  const value = mean(valueLosses);
  const entropy = mean(entropies(read.logits));
  const withValue = add(policy, mul(value, settings.valueCoefficient));
  const total = settings.entropyCoefficient === 0
    ? withValue
    : sub(withValue, mul(entropy, settings.entropyCoefficient));
  return {
    total,
    policy,
    value,
    entropy,
    approxKl: mean(sub(sub(ratio, 1), logRatio)),
    clipFraction: mean(beyond(sub(ratio, 1), settings.clip)),
    valueClipFraction: mean(clipped),
  };
}

/** Equation 7, as a loss: the larger of the two, for the sign is turned. */
function surrogateLoss(ratio: Value, advantages: Value, clip: number): Value {
  const kept = clamp(ratio, 1 - clip, 1 + clip);
  return max(neg(mul(advantages, ratio)), neg(mul(advantages, kept)));
}

/** Half the squared error, the larger of that with and that without the limit to the change. */
function valueLoss(
  values: Value,
  before: Before,
  clip: number,
): { loss: Value; clipped: Value } {
  const free = squared(sub(values, before.returns));
  if (clip === 0) return { loss: mul(free, 0.5), clipped: mul(before.values, 0) };
  const change = sub(values, before.values);
  const near = add(before.values, clamp(change, -clip, clip));
  const limited = squared(sub(near, before.returns));
  return {
    loss: mul(max(free, limited), 0.5),
    clipped: cast(greater(limited, free), "float32"),
  };
}

/**
 * Of every row's distribution: `log sum exp z - sum p z`. The former has the very form that
 * log-probabilities have, for a runtime computes once what is written twice alike.
 */
function entropies(logits: Value): Value {
  const normalizer = reshape(reduceLogSumExp(logits, [1], { keep: true }), [{ rest: ROWS }]);
  return sub(normalizer, reduceSum(mul(softmax(logits), logits), [1]));
}

function beyond(x: Value, limit: number): Value {
  return cast(greater(abs(x), limit), "float32");
}

function clamp(x: Value, least: number, most: number): Value {
  return min(max(x, least), most);
}

function squared(x: Value): Value {
  return mul(x, x);
}
