/**
 * Credit by attention rollout: attention followed through all layers.
 *
 * @module
 */

import type { CreditMethod } from "./method.ts";
import { measuredOnUnits, ownAnswer, scoreOf } from "./queries.ts";
import { payWeights } from "./shares.ts";

/**
 * A token's share is how much of the pooled state comes from it when attention is followed through
 * all layers, renormalised over the tokens that receive reward. Abnar and Zuidema, "Quantifying
 * Attention Flow in Transformers" (ACL 2020, arXiv 2005.00928, section 3).
 *
 * Where `abc` reads the last layer alone, in which a token's place holds what it has gathered of
 * others, rollout asks which tokens that was gathered from. Like `abc` it is sum-preserving and not
 * policy-invariant, and every token takes the sign of the score. It runs the model a second time over
 * whole texts, with the attention of all layers in memory.
 */
export const rollout: CreditMethod = {
  name: "rollout",
  summary: "attention followed through all layers, from the position the score is read at",
  source: "Abnar and Zuidema, Attention Rollout, ACL 2020, arXiv 2005.00928",
  signed: false,
  causalOnly: false,
  asks: ["rollout"],
  plan: (inputs) => [scoreOf(inputs, { measure: ["rollout"] })],
  assign(answers, { inputs, beta }) {
    const answer = ownAnswer(answers);
    return payWeights(answer.score, { weights: measuredOnUnits(answer, "rollout", inputs), beta });
  },
};
