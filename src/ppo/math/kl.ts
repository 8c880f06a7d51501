/**
 * How far the policy has moved from the reference, estimated at each sampled token.
 *
 * The divergence is KL(policy, reference), in nats. Only the log-probabilities of the tokens that the
 * policy itself sampled are needed. What is done with the estimate stands elsewhere.
 *
 * @module
 */

import { commonLength } from "./rows.ts";

/** The name of an estimator, as in Schulman's note. */
export type KlEstimator = "k1" | "k2" | "k3";

/**
 * The estimators, of the log-ratio `x = log policy(token) - log reference(token)`:
 *
 *     k1 = x                 unbiased; either sign, high variance
 *     k2 = x^2 / 2           never negative, low variance; biased, though little where x is small
 *     k3 = exp(-x) - 1 + x   never negative, and unbiased
 *
 * John Schulman, "Approximating KL Divergence" (2020, joschu.net/blog/kl-approx.html), with the ratio
 * there as `r = exp(-x)`. Unbiased means over tokens sampled from the policy that gave `log policy`: where
 * some were kept from being drawn that it counts, by top-k, top-p or a least length that is not masked
 * (`log_probabilities.ts`), all three are biased, and k1 can stay below 0.
 */
export const klEstimators: Readonly<Record<KlEstimator, (logRatio: number) => number>> = {
  k1: (logRatio) => logRatio,
  k2: (logRatio) => logRatio ** 2 / 2,
  // expm1 keeps the digits that exp(-x) - 1 loses near 0, and with them the sign.
  k3: (logRatio) => Math.expm1(-logRatio) + logRatio,
};

/** The log-probabilities of one completion's tokens, in nats. */
export interface LogProbabilities {
  /** Under the policy that sampled them. */
  readonly policy: Float64Array; // [tokens]
  /** Under the reference. */
  readonly reference: Float64Array; // [tokens]
}

/**
 * The divergence estimated at each token of a completion. The entries add up to an estimate for the
 * whole completion if the estimator is k1.
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
