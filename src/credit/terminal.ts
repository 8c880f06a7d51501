/**
 * The ordinary sparse reward: everything on the last token.
 *
 * @module
 */

import type { CreditMethod } from "./method.ts";
import { ownAnswer, scoreOf } from "./queries.ts";
import { payShares } from "./shares.ts";

/**
 * The last unit gets the whole score, whatever beta is, and pays it to its last token: what RLHF does without dense rewards
 * (Ouyang et al., "Training language models to follow instructions with human feedback",
 * NeurIPS 2022, arXiv 2203.02155, section 3.5), and beta 0 of every other method.
 */
export const terminal: CreditMethod = {
  name: "terminal",
  summary: "the whole score on the last token, the ordinary sparse reward",
  source: "Ouyang et al., InstructGPT, NeurIPS 2022, arXiv 2203.02155, section 3.5",
  signed: false,
  causalOnly: false,
  plan: (inputs) => [scoreOf(inputs)],
  assign(answers, { inputs: { units } }) {
    const shares = new Float64Array(units.count);
    if (units.count > 0) shares[units.count - 1] = 1;
    return payShares(ownAnswer(answers).score, { shares, beta: 1 });
  },
};
