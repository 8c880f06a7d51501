/**
 * What the methods that divide a score into shares have in common: one formula and one special case.
 *
 * @module
 */

import type { Credit } from "./method.ts";

/**
 * Pays the score out in shares: with beta the part that is spread,
 *
 *     reward[u] = beta * share[u] * score + [u is the last token] * (1 - beta) * score
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
  const earned = shares.map((share) => 0 + share * score * beta);
  return { earned, rest: (1 - beta) * score, shares };
}

/** The credit of a completion without units: the score belongs to none of them. */
export function payNobody(score: number): Credit {
  return { earned: new Float64Array(0), rest: 0, offset: score };
}

/**
 * Pays by weights that are none below 0, such as attention on the units: their shares are the weights
 * renormalised. Where no weight falls on the units at all the shares are equal, and the credit says so.
 *
 * @param weights one per unit, adding up to 1 at most
 */
export function payWeights(
  score: number,
  { weights, beta }: { weights: Float64Array; beta: number },
): Credit {
  if (weights.length === 0) return { ...payNobody(score), shares: weights, responseMass: 0 };
  const mass = sum(weights);
  // A float32 softmax may add up to a little more than 1.
  const responseMass = Math.min(mass, 1);
  if (mass === 0) {
    const credit = payShares(score, { shares: equalShares(weights.length), beta });
    return { ...credit, responseMass, fallback: "uniform" };
  }
  return {
    ...payShares(score, { shares: weights.map((each) => each / mass), beta }),
    responseMass,
  };
}

/**
 * Pays amounts that need not add up to the score: beta of each, and to the last token all that is left. Of
 * that, what the amounts miss of the score is the residual; the rest is `(1 - beta) * score`.
 *
 * @param amounts one per unit
 */
export function payAmounts(
  score: number,
  { amounts, beta }: { amounts: Float64Array; beta: number },
): Credit {
  if (amounts.length === 0) return payNobody(score);
  // Adding to 0 keeps beta 0 from paying -0.
  const earned = amounts.map((each) => 0 + beta * each);
  return { earned, rest: score - sum(earned), residual: 0 + beta * (score - sum(amounts)) };
}

/** Equal shares. */
export function equalShares(count: number): Float64Array {
  return new Float64Array(count).fill(1 / count);
}

/** Adds up, from the first to the last. */
export function sum(values: Float32Array | Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
