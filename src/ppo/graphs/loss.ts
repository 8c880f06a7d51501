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
import { type ForwardOutputs, ROWS } from "./actor_critic.ts";
import { logProbabilities } from "./log_probabilities.ts";

/** Clip ranges and coefficients of the loss. */
export interface LossSettings {
  /** Probability ratios are clipped to 1 - clip and 1 + clip: epsilon of equation 7. */
  readonly clip: number;
  /** Values are clipped to the old ones +/- valueClip; 0 for no clipping. */
  readonly valueClip: number;
  /** c1 of equation 9. */
  readonly valueCoefficient: number;
  /** c2 of equation 9. */
  readonly entropyCoefficient: number;
}

/** Data of the rollout, `[rows]` each. */
export interface Targets {
  /** Under the policy that sampled. */
  readonly logProbs: Value;
  /** Of the critic at that time. */
  readonly values: Value;
  readonly advantages: Value;
  readonly returns: Value;
  /** The weight of each row in a mean: 1 / rows. */
  readonly share: Value;
}

/** The loss and its metrics; all scalars. */
export interface Loss {
  readonly total: Value;
  readonly policy: Value;
  readonly value: Value;
  /** Mean over tokens, in nats. */
  readonly entropy: Value;
  /** KL from the policy that sampled: the mean of `ratio - 1 - log ratio`, never negative. */
  readonly approxKl: Value;
  /** Share of tokens whose ratio is outside the clip range. */
  readonly clipFraction: Value;
  /** Share of tokens whose clipped value decides the loss, as it is farther from the return. */
  readonly valueClipFraction: Value;
}

/** Equation 9: the clipped surrogate, the value loss and the entropy bonus. */
export function ppoLoss(
  outputs: ForwardOutputs,
  targets: Targets,
  settings: LossSettings,
): Loss {
  const mean = (perRow: Value) => reduceSum(mul(perRow, targets.share), [0]);
  const logRatio = sub(
    reshape(logProbabilities(outputs.logits, outputs.actions), [{ rest: ROWS }]),
    targets.logProbs,
  );
  const ratio = exp(logRatio);
  const policy = mean(surrogateLoss(ratio, targets.advantages, settings.clip));
  const { loss: valueLosses, clipped } = valueLoss(outputs.values, targets, settings.valueClip);
  const value = mean(valueLosses);
  const entropy = mean(entropies(outputs.logits));
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
    clipFraction: mean(isBeyond(sub(ratio, 1), settings.clip)),
    valueClipFraction: mean(clipped),
  };
}

/** Equation 7 as a loss: negated, so the larger of the two terms. */
function surrogateLoss(ratio: Value, advantages: Value, clip: number): Value {
  const clipped = clamp(ratio, 1 - clip, 1 + clip);
  return max(neg(mul(advantages, ratio)), neg(mul(advantages, clipped)));
}

/** Half the squared error: the larger of that of the value and that of the clipped value. */
function valueLoss(
  values: Value,
  targets: Targets,
  clip: number,
): { loss: Value; clipped: Value } {
  const free = squared(sub(values, targets.returns));
  if (clip === 0) return { loss: mul(free, 0.5), clipped: mul(targets.values, 0) };
  const change = sub(values, targets.values);
  const near = add(targets.values, clamp(change, -clip, clip));
  const limited = squared(sub(near, targets.returns));
  return {
    loss: mul(max(free, limited), 0.5),
    clipped: cast(greater(limited, free), "float32"),
  };
}

/**
 * The entropy of every row's distribution: `log sum exp z - sum p z`. The first term is written exactly
 * as in the log-probabilities, so that the runtime computes it once.
 */
function entropies(logits: Value): Value {
  const normalizer = reshape(reduceLogSumExp(logits, [1], { keep: true }), [{ rest: ROWS }]);
  return sub(normalizer, reduceSum(mul(softmax(logits), logits), [1]));
}

function isBeyond(x: Value, limit: number): Value {
  return cast(greater(abs(x), limit), "float32");
}

function clamp(x: Value, least: number, most: number): Value {
  return min(max(x, least), most);
}

function squared(x: Value): Value {
  return mul(x, x);
}
