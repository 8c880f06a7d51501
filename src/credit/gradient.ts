/**
 * Gradient times input: what the score owes, to first order, to each token's embedding.
 *
 * @module
 */

import type { CreditMethod } from "./method.ts";
import { measuredOnUnits, ownAnswer, scoreOf } from "./queries.ts";
import { payAmounts } from "./shares.ts";

/**
 * A token is worth what the score would lose were its embedding 0, as far as the score is linear in it,
 *
 *     I[t] = grad of score by e[t] . e[t]
 *     residual = beta * (score - sum over s of I[s])
 *     reward[t] = beta * I[t] + [t is the last] * ((1 - beta) * score + residual)
 *
 * with `e[t]` the embedding of token t, before positions are added. "Gradient x input" of Shrikumar,
 * Greenside and Kundaje, "Learning Important Features Through Propagating Activation Differences"
 * (ICML 2017, arXiv 1704.02685, section 2), and for words the saliency of Denil, Demiraj and de
 * Freitas, "Extraction of Salient Sentences from Labelled Documents" (arXiv 1412.6815).
 *
 * The `I[t]` do not add up to the score, so there are no shares: to divide by their sum, which may be
 * near 0, would blow them up. Instead the last unit receives the residual: beta times what first order does
 * not see, what the prompt, the template and special tokens are worth, and what the closing tokens are worth
 * where no unit of the caller's stands for them. So the rewards add up to the score, and the last one says
 * little of its own token; the reply states the residual, so that it can be taken off again.
 *
 * A model that norms words before anything is added to them (DeBERTa v3, which embeds neither types nor
 * positions) does not see how long an embedding is: every `I[t]` is 0, and the last unit receives the score.
 *
 * Sum-preserving, not policy-invariant: like attention, a gradient is read off the finished
 * completion. Rewards have signs.
 */
export const gradient: CreditMethod = {
  name: "gradient",
  summary: "gradient times embedding, to first order what a token adds; the rest on the last one",
  source: "Shrikumar et al., DeepLIFT, ICML 2017, arXiv 1704.02685; Denil et al., arXiv 1412.6815",
  signed: true,
  causalOnly: false,
  asks: ["gradient"],
  task: "sequence",
  plan: (inputs) => [scoreOf(inputs, { measure: ["gradient"] })],
  assign(answers, { inputs, beta }) {
    const answer = ownAnswer(answers);
    return payAmounts(answer.score, { amounts: measuredOnUnits(answer, "gradient", inputs), beta });
  },
};
