/**
 * REINFORCE++: the reward-to-go, normalised over all tokens of the step.
 *
 *     advantage[i, t] = G[i, t]                           of one completion per prompt
 *     advantage[i, t] = G[i, t] - mean over all j of G[j, t]   of several (REINFORCE++ with a baseline)
 *
 * and then `(advantage - mean) / std` over the step (`math/advantage_scale.ts`), equations 5 and 7. With all
 * of the score on the last token the first is equation 4, `r(x, y) - beta * sum of KL[s] over s >= t`, and
 * the second equation 6, whose KL is a term of the loss (`--kl-in loss`; published by k2, here by k3).
 *
 * @module
 */

import { lessMeanOf, rewardsToGo } from "../math/reward_to_go.ts";
import type { Algorithm } from "./algorithm.ts";

/** REINFORCE with the normalisation and the clipping of PPO, and without its critic. */
export const reinforcePlusPlus: Algorithm = {
  summary: "the reward from the token on, normalised over the step",
  source: "Hu et al., REINFORCE++, arXiv 2501.03262, version 9, equations 4 to 7",
  hasCritic: false,
  perPrompt: { least: 1, usual: 1 },
  usual: { scale: "batch", mean: "token", klPlace: "reward" },
  estimate({ rewards, perPrompt }, { gamma }) {
    const toGo = rewardsToGo(rewards, gamma);
    return { advantages: perPrompt === 1 ? toGo : lessMeanOf("all", toGo, perPrompt) };
  },
};
