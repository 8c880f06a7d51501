/**
 * Equal credit for every unit: the control that any other method should beat.
 *
 * @module
 */

import type { CreditMethod } from "./method.ts";
import { ownAnswer, scoreOf } from "./queries.ts";
import { equalShares, payShares } from "./shares.ts";

/**
 * Every unit gets the same share, of tokens `1 / T`.
 *
 * The baseline "Uniform" of Chan et al., "Dense Reward for Free in RLHF" (ICML 2024,
 * arXiv 2402.00782), which is this with beta 1: theirs ignores beta. Sum-preserving, not
 * policy-invariant: the policy chooses T.
 */
export const uniform: CreditMethod = {
  name: "uniform",
  summary: "the same share for every unit, as a control",
  source: "the Uniform baseline of Chan et al., ICML 2024, arXiv 2402.00782",
  signed: false,
  causalOnly: false,
  plan: (inputs) => [scoreOf(inputs)],
  assign: (answers, { inputs: { units }, beta }) =>
    payShares(ownAnswer(answers).score, { shares: equalShares(units.count), beta }),
};
