/**
 * RLOO: REINFORCE whose baseline is what the other completions of the prompt earned.
 *
 *     advantage[i, t] = G[i, t] - mean over j != i of G[j, t]
 *
 * where `G` is the reward-to-go; a shorter completion counts with that of its last token
 * (`math/reward_to_go.ts`). At t = 0 this is the published
 *
 *     R[i] - 1 / (k - 1) * sum over j != i of R[j]
 *
 * of total rewards, and with all of the score on the last token and KL free of charge it is that at every
 * token. The baseline of completion i does not depend on what i wrote, so that the gradient is unbiased.
 *
 * @module
 */

import { lessMeanOf, rewardsToGo } from "../math/reward_to_go.ts";
import type { Algorithm } from "./algorithm.ts";

/** REINFORCE with a leave-one-out baseline. */
export const rloo: Algorithm = {
  summary: "the reward from the token on, less that of the prompt's other completions",
  source: "Ahmadian et al., Back to Basics: Revisiting REINFORCE Style Optimization for Learning " +
    "from Human Feedback in LLMs, arXiv 2402.14740, section 2.3",
  hasCritic: false,
  perPrompt: { least: 2, usual: 4 },
  // A sum over tokens, as the probability of a text is a product: the constant divides it by one number.
  usual: { scale: "none", mean: "constant", klPlace: "reward" },
  estimate({ rewards, perPrompt }, { gamma }) {
    return { advantages: lessMeanOf("others", rewardsToGo(rewards, gamma), perPrompt) };
  },
};
