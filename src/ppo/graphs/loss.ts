/**
 * The loss of PPO (Schulman et al., arXiv 1707.06347), as nodes of a graph, with what later algorithms
 * change in it: two clip ranges, a second clip, no critic, and KL as a term.
 *
 * @module
 */

import {
  abs,
  add,
  cast,
  exp,
  greater,
  less,
  max,
  min,
  mul,
  neg,
  reduceLogSumExp,
  reduceSum,
  reshape,
  softmax,
  sub,
  where,
} from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import { type ForwardOutputs, ROWS } from "./actor_critic.ts";
import type { LossMean } from "./loss_mean.ts";
import { logProbabilities } from "./log_probabilities.ts";

/** Clip ranges and coefficients of the loss. */
export interface LossSettings {
  /** Probability ratios are clipped to 1 - clip and 1 + clip: epsilon of equation 7. */
  readonly clip: number;
  /** The upper of the two ranges (DAPO's clip-higher, arXiv 2503.14476, equation 10). @default clip */
  readonly clipHigh?: number;
  /**
   * Where an advantage is negative, the loss of a token is at most this times its size, however likely the
   * token has become (dual clip, Ye et al., arXiv 1912.09729); above 1. @default no limit
   */
  readonly dualClip?: number;
  /** How the losses of tokens become one. @default "token" */
  readonly mean?: LossMean;
  /** The longest completion that is allowed, in tokens, which `constant` divides by. @default 1 */
  readonly longest?: number;
  /** Whether KL from the reference is a term of the loss. @default false */
  readonly klPenalty?: boolean;
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
  readonly advantages: Value;
  /** The weight of each row in the loss. */
  readonly weight: Value;
  /** The weight of each row in a mean: 1 / rows. */
  readonly share: Value;
  /** Absent without a critic. */
  readonly critic?: CriticTargets;
  /** Absent where KL is no term of the loss. */
  readonly reference?: ReferenceTargets;
}

/** What the critic is trained on, `[rows]` each. */
export interface CriticTargets {
  /** Of the critic when the tokens were sampled. */
  readonly values: Value;
  readonly returns: Value;
}

/** What KL from the reference is measured by. */
export interface ReferenceTargets {
  /** `[rows]` */
  readonly logProbs: Value;
  /** What a nat costs: a scalar. */
  readonly coefficient: Value;
}

/** The loss and its metrics; all scalars. */
export interface Loss {
  readonly total: Value;
  readonly policy: Value;
  /** Absent without a critic, as its clip fraction is. */
  readonly value?: Value;
  /** Mean over tokens, in nats. */
  readonly entropy: Value;
  /** KL from the policy that sampled: the mean of `ratio - 1 - log ratio`, never negative. */
  readonly approxKl: Value;
  /** Share of tokens whose ratio is outside the clip range. */
  readonly clipFraction: Value;
  /** Share of tokens whose clipped value decides the loss, as it is farther from the return. */
  readonly valueClipFraction?: Value;
}

/** Equation 9: the clipped surrogate, the value loss and the entropy bonus; and KL, if that is a term. */
export function ppoLoss(
  outputs: ForwardOutputs,
  targets: Targets,
  settings: LossSettings,
): Loss {
  const mean = (perRow: Value) => reduceSum(mul(perRow, targets.share), [0]);
  const weighted = (perRow: Value) => reduceSum(mul(perRow, targets.weight), [0]);
  const logProbs = reshape(logProbabilities(outputs.logits, outputs.actions), [{ rest: ROWS }]);
  const logRatio = sub(logProbs, targets.logProbs);
  const ratio = exp(logRatio);
  const policy = weighted(surrogateLoss(ratio, targets.advantages, settings));
  const critic = criticLoss(outputs, targets, settings);
  const value = critic === undefined ? undefined : weighted(critic.loss);
  const perRow = entropies(outputs.logits);
  const { entropyCoefficient, valueCoefficient } = settings;
  const terms = [
    ...value === undefined ? [] : [mul(value, valueCoefficient)],
    ...entropyCoefficient === 0 ? [] : [mul(weighted(perRow), -entropyCoefficient)],
    ...targets.reference === undefined
      ? []
      : [mul(weighted(divergence(logProbs, targets.reference)), targets.reference.coefficient)],
  ];
  return {
    total: terms.reduce(add, policy),
    policy,
    ...critic === undefined ? {} : { value: value!, valueClipFraction: mean(critic.clipped) },
    entropy: mean(perRow),
    approxKl: mean(sub(sub(ratio, 1), logRatio)),
    clipFraction: mean(isBeyond(sub(ratio, 1), settings)),
  };
}

/**
 * Equation 7 as a loss: negated, so the larger of the two terms. With a dual clip (arXiv 1912.09729), that
 * of a negative advantage is at most `dualClip * |advantage|`, above which its gradient is 0.
 */
function surrogateLoss(
  ratio: Value,
  advantages: Value,
  { clip, clipHigh = clip, dualClip }: LossSettings,
): Value {
  const clipped = clamp(ratio, 1 - clip, 1 + clipHigh);
  const loss = max(neg(mul(advantages, ratio)), neg(mul(advantages, clipped)));
  if (dualClip === undefined) return loss;
  return where(less(advantages, 0), min(loss, mul(advantages, -dualClip)), loss);
}

/**
 * KL from the reference at each token, by the estimator k3: `r - log r - 1` of `r = pi_ref / pi`, which is
 * differentiated (Shao et al., arXiv 2402.03300, equation 4).
 */
function divergence(logProbs: Value, reference: ReferenceTargets): Value {
  const logRatio = sub(reference.logProbs, logProbs);
  return sub(sub(exp(logRatio), logRatio), 1);
}

/** Undefined without a critic. */
function criticLoss(
  outputs: ForwardOutputs,
  { critic }: Targets,
  { valueClip }: LossSettings,
): ReturnType<typeof valueLoss> | undefined {
  return critic === undefined ? undefined : valueLoss(outputs.values, critic, valueClip);
}

/** Half the squared error: the larger of that of the value and that of the clipped value. */
function valueLoss(
  values: Value,
  targets: CriticTargets,
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

/** 1 where a ratio less 1 is outside the clip range, 0 elsewhere. */
function isBeyond(change: Value, { clip, clipHigh = clip }: LossSettings): Value {
  if (clipHigh === clip) return cast(greater(abs(change), clip), "float32");
  return add(cast(greater(change, clipHigh), "float32"), cast(less(change, -clip), "float32"));
}

function clamp(x: Value, least: number, most: number): Value {
  return min(max(x, least), most);
}

function squared(x: Value): Value {
  return mul(x, x);
}
