/**
 * Attention-Based Credit, the default.
 *
 * @module
 */

import type { Credit, CreditInputs, CreditMethod } from "./method.ts";
import { equalShares, payNobody, payShares, sum } from "./shares.ts";

/**
 * A token's share is the attention that the score's own position pays to it, in the last layer,
 * averaged over heads, and renormalised over the tokens that receive reward:
 *
 *     share[t] = a[t] / sum over s of a[s],   a[t] = mean over heads of A[pooled, t]
 *
 * Chan, Sun, Holt and van der Schaar, "Dense Reward for Free in RLHF" (ICML 2024, arXiv 2402.00782);
 * in the authors' code, `get_attention_distribution`. Two differences, both where theirs goes wrong:
 * the row is the position the score is really read from, and the columns are found by offsets, where
 * they count tokens and trust both tokenizers to agree. Where the counts agree, so do the results.
 *
 * Sum-preserving: the rewards of a completion add up to its score. It is not policy-invariant, since
 * the shares are read off the finished completion and are no function of the prefix. Every token
 * takes the sign of the score.
 *
 * Where no attention falls on the units at all the shares are equal, and the credit says so.
 */
export const abc: CreditMethod = {
  name: "abc",
  summary: "the reward model's own attention, from the position the score is read at",
  source: "Chan et al., Dense Reward for Free in RLHF, ICML 2024, arXiv 2402.00782",
  signed: false,
  causalOnly: false,
  needs: { attention: true, prefixScores: false, attribution: false },
  assign,
};

function assign(
  { score, units, attention, closingAttention = 0 }: CreditInputs,
  beta: number,
): Credit {
  if (attention === undefined) throw new TypeError("Cannot assign abc credit without attention");
  if (units.count === 0) {
    return { ...payNobody(score), shares: new Float64Array(0), responseMass: 0 };
  }
  const onUnits = units.project(attention, closingAttention);
  const mass = sum(onUnits);
  // A float32 softmax may add up to a little more than 1.
  const responseMass = Math.min(mass, 1);
  if (mass === 0) {
    const credit = payShares(score, { shares: equalShares(units.count), beta });
    return { ...credit, responseMass, fallback: "uniform" };
  }
  const shares = onUnits.map((weight) => weight / mass);
  return { ...payShares(score, { shares, beta }), responseMass };
}
