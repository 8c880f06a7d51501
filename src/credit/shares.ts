/**
 * What the methods that divide a score into shares have in common: one formula and one special case.
 *
 * @module
 */

import type { Credit } from "./method.ts";

/**
 * Pays the score out in shares: with beta the part that is spread,
 *
 *     reward[t] = beta * share[t] * score + [t is the last unit] * (1 - beta) * score
 *
 * as in Chan et al., "Dense Reward for Free in RLHF" (ICML 2024, arXiv 2402.00782), whose shares are
 * attention; in the authors' code, the branches of `experiments/scripts/rlhf_imdb.py`. The product is
 * evaluated in their order, so that the results agree to the last bit.
 *
 * @param shares one per unit, adding up to 1
 */
export function payShares(
  score: number,
  { shares, beta }: { shares: Float64Array; beta: number },
): Credit {
  if (shares.length === 0) return { ...payNobody(score), shares };
  // Adding to 0 keeps a share of nothing from becoming -0 where the score is negative.
  const rewards = shares.map((share) => 0 + share * score * beta);
  rewards[rewards.length - 1]! += (1 - beta) * score;
  return { rewards, shares };
}

/** The credit of a completion without units: the score belongs to none of them. */
export function payNobody(score: number): Credit {
  return { rewards: new Float64Array(0), offset: score };
}

/** Equal shares. */
export function equalShares(count: number): Float64Array {
  return new Float64Array(count).fill(1 / count);
}

/** Adds up, from the first to the last. */
export function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
