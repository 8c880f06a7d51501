/**
 * PPO: advantages by generalised advantage estimation over the critic's values.
 *
 * With rewards of tokens nothing changes: the estimate is made for a reward at every step.
 *
 * @module
 */

import { estimateAdvantages } from "../math/gae.ts";
import type { Algorithm } from "./algorithm.ts";

/** Proximal policy optimisation. */
export const ppo: Algorithm = {
  summary: "generalised advantage estimation with a critic",
  source: "Schulman et al., Proximal Policy Optimization Algorithms, arXiv 1707.06347, equation 7",
  hasCritic: true,
  perPrompt: { least: 1, usual: 1 },
  usual: { scale: "batch", mean: "token", klPlace: "reward" },
  estimate({ rewards, values }, discounts) {
    if (values === undefined) throw new TypeError("Cannot estimate advantages without values");
    const estimated = rewards.map((row, i) =>
      estimateAdvantages({ rewards: row, values: values[i]! }, discounts)
    );
    return {
      advantages: estimated.map(({ advantages }) => advantages),
      returns: estimated.map(({ returns }) => returns),
    };
  },
};
