/**
 * Equal credit for every token: the control that any other method should beat.
 *
 * @module
 */

import type { CreditMethod } from "./method.ts";
import { equalShares, payShares } from "./shares.ts";

/**
 * Every token gets the same share, `1 / T`.
 *
 * The baseline "Uniform" of Chan et al., "Dense Reward for Free in RLHF" (ICML 2024,
 * arXiv 2402.00782), which is this with beta 1: theirs ignores beta. Sum-preserving, not
 * policy-invariant: the policy chooses T.
 */
export const uniform: CreditMethod = {
  name: "uniform",
  summary: "the same share for every token, as a control",
  source: "the Uniform baseline of Chan et al., ICML 2024, arXiv 2402.00782",
  signed: false,
  causalOnly: false,
  needs: { attention: false, prefixScores: false, attribution: false },
  assign: ({ score, units }, beta) => payShares(score, { shares: equalShares(units.count), beta }),
};
