/**
 * Credit from the policy's own attention (ABC-D), beside which credit from the reward model's attention
 * can be judged. The score is the reward model's; who gets it is read from the policy.
 *
 * @module
 */

import type { Credit } from "../../credit/method.ts";
import { equalShares, payShares, sum } from "../../credit/shares.ts";

/**
 * Spreads a score by the attention that each token receives from the tokens that can see it:
 *
 *     received[j] = mean over i >= j of A[i, j]
 *     share[j]    = received[j] / sum of received
 *     reward[j]   = beta * share[j] * score + [j is the last] * (1 - beta) * score
 *
 * where A is the last layer of the policy, averaged over heads, and row i is the position at which the
 * policy has read response token i. The mean, not the sum: an early token is seen by more rows.
 *
 * Chan et al., "Dense Reward for Free in RLHF" (ICML 2024, arXiv 2402.00782), the variant ABC-D; in the
 * authors' code, `abcde`. Three differences. Weights stay with the token they belong to, where theirs
 * move to the next one. The last token is among the rows, so that its own share is not always 0. And the
 * mean is over the rows that can see a token, where theirs leaves out those whose weight is exactly 0.
 *
 * No attention at all falls back to equal shares, and the credit says so; no tokens leave the score in
 * the credit's offset.
 *
 * @param score in any unit; the rewards add up to it
 * @param policy the attention of response rows on response columns, row by row; what stands above the
 * diagonal is not read. beta is the part of the score that is spread, 0 to 1
 * @throws {RangeError} if the attention is not square
 */
export function ownAttentionCredit(
  score: number,
  { attention, beta }: { readonly attention: Float64Array; readonly beta: number },
): Credit {
  const received = receivedAttention(attention); // [tokens]
  const mass = sum(received);
  if (received.length > 0 && mass === 0) {
    const credit = payShares(score, { shares: equalShares(received.length), beta });
    return { ...credit, fallback: "uniform" };
  }
  return payShares(score, { shares: received.map((each) => each / mass), beta });
}

/** The mean of every column over the diagonal and what stands below it. */
function receivedAttention(
  attention: Float64Array, // [tokens * tokens]
): Float64Array {
  const tokens = Math.sqrt(attention.length);
  if (!Number.isInteger(tokens)) {
    const received = `received ${attention.length} weights`;
    throw new RangeError(`Cannot spread by own attention as the map is not square: ${received}`);
  }
  return new Float64Array(tokens).map((_, column) => {
    let total = 0;
    for (let row = column; row < tokens; row++) total += attention[row * tokens + column]!;
    return total / (tokens - column);
  });
}
