/**
 * KL divergence of the policy from the reference: estimators at each sampled token, and the coefficient
 * of the penalty from step to step.
 *
 * @module
 */

import { commonLength } from "./rows.ts";

/** The name of an estimator, as in Schulman's note. */
export type KlEstimator = "k1" | "k2" | "k3";

/**
 * The estimators of KL(policy, reference) in nats, from the log-ratio
 * `x = log policy(token) - log reference(token)` of a token that the policy sampled:
 *
 *     k1 = x                 unbiased; either sign, high variance
 *     k2 = x^2 / 2           never negative, low variance; biased, though little if x is small
 *     k3 = exp(-x) - 1 + x   never negative, and unbiased
 *
 * John Schulman, "Approximating KL Divergence" (2020, joschu.net/blog/kl-approx.html), with the ratio
 * there as `r = exp(-x)`. Unbiased means over tokens sampled from the policy that gave `log policy`: if
 * tokens that it counts could not be sampled, due to top-k, top-p or a minimum length that is not masked
 * (`log_probabilities.ts`), all three are biased, and k1 can stay below 0.
 */
export const klEstimators: Readonly<Record<KlEstimator, (logRatio: number) => number>> = {
  k1: (logRatio) => logRatio,
  k2: (logRatio) => logRatio ** 2 / 2,
  // expm1 keeps the digits that exp(-x) - 1 loses near 0, and with them the sign.
  k3: (logRatio) => Math.expm1(-logRatio) + logRatio,
};

/** Log-probabilities of the tokens of one completion, in nats. */
export interface LogProbabilities {
  /** Under the policy that sampled them. */
  readonly policy: Float64Array; // [tokens]
  /** Under the reference. */
  readonly reference: Float64Array; // [tokens]
}

/**
 * The divergence estimated at each token of a completion. With k1 the entries sum to an estimate for the
 * whole completion.
 *
 * @returns a new row, one entry per token, in nats
 * @throws {RangeError} if the rows differ in length
 */
export function klPerToken(
  estimator: KlEstimator,
  { policy, reference }: LogProbabilities,
): Float64Array {
  commonLength("estimate KL per token", { policy, reference });
  const estimate = klEstimators[estimator];
  return policy.map((logPolicy, t) => estimate(logPolicy - reference[t]!)); // [tokens]
}

/** Settings of the adaptive controller. */
export interface AdaptiveKl {
  /** Target divergence, in nats per completion; above 0. */
  readonly target: number;
  /** Completions over which the coefficient may change by about a fifth; above 0. */
  readonly horizon: number;
}

/** Whether the coefficient is fixed or adapts. */
export type KlControl = "fixed" | AdaptiveKl;

/** The divergence measured in one step. */
export interface ObservedKl {
  /** Nats per completion: the sum over its tokens, mean over completions. May be negative. */
  readonly kl: number;
  /** Completions it was measured on. */
  readonly samples: number;
}

/** The relative error is clipped to this, so that one outlier batch has little effect. */
const MAX_ERROR = 0.2;

/**
 * The coefficient for the next step. It rises if the divergence is above its target and falls if it is
 * below:
 *
 *     error       = clip((kl - target) / target, -0.2, 0.2)
 *     coefficient = coefficient * (1 + error * samples / horizon)
 *
 * Ziegler et al., "Fine-Tuning Language Models from Human Preferences" (arXiv 1909.08593), section 2.2.
 * Their text has a constant gain, K_beta = 0.1; here, as in their published code and its successors, it
 * is `samples / horizon`, so that the speed does not depend on the batch size.
 *
 * @throws {RangeError} unless target and horizon are above 0 and a step is shorter than 5 horizons;
 * otherwise the coefficient could reach 0 or turn negative
 */
export function nextCoefficient(
  coefficient: number,
  { kl, samples }: ObservedKl,
  control: KlControl,
): number {
  if (control === "fixed") return coefficient;
  const { target, horizon } = control;
  const gain = samples / horizon;
  if (!(target > 0 && horizon > 0 && gain * MAX_ERROR < 1)) {
    const received = `target ${target}, horizon ${horizon}, ${samples} samples`;
    throw new RangeError(
      `Cannot adapt the KL coefficient as it may turn negative: received ${received}`,
    );
  }
  const error = Math.min(Math.max(kl / target - 1, -MAX_ERROR), MAX_ERROR);
  return coefficient * (1 + error * gain);
}
