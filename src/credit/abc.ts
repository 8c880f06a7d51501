/**
 * Attention-Based Credit, the default.
 *
 * @module
 */

import type { CreditMethod } from "./method.ts";
import { measuredOnUnits, ownAnswer, scoreOf } from "./queries.ts";
import { payWeights } from "./shares.ts";

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
  asks: ["attention"],
  plan: (inputs) => [scoreOf(inputs, { measure: ["attention"] })],
  assign(answers, { inputs, beta }) {
    const answer = ownAnswer(answers);
    return payWeights(answer.score, {
      weights: measuredOnUnits(answer, "attention", inputs),
      beta,
    });
  },
};
