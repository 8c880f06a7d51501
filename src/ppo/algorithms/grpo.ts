/**
 * GRPO: the reward-to-go less its mean over all completions of the prompt, in units of their deviation.
 *
 *     advantage[i, t] = (G[i, t] - mean over all j of G[j, t]) / (std + 1e-4)
 *
 * With all of the score on the last token this is the published outcome form at every token,
 * `(R[i] - mean(R)) / std(R)`; with rewards of tokens the deviation is that of all numerators. The published process form sums rewards of steps that were
 * each normalised by all steps of the group, which takes a constant off every step that is still to come,
 * and so pays or fines length; here the mean is that of the same quantity. The division is a scale
 * (`math/advantage_scale.ts`), and Dr. GRPO's without it is `--advantage-scale none --loss-mean constant`.
 *
 * @module
 */

import { lessMeanOf, rewardsToGo } from "../math/reward_to_go.ts";
import type { Algorithm } from "./algorithm.ts";

/** Group relative policy optimisation. */
export const grpo: Algorithm = {
  summary: "the reward from the token on, less the mean of the prompt's completions, over their " +
    "deviation; KL in the loss",
  source: "Shao et al., DeepSeekMath, arXiv 2402.03300, equations 3 and 4 and section 4.1.2",
  hasCritic: false,
  perPrompt: { least: 2, usual: 8 },
  usual: { scale: "group", mean: "sequence", klPlace: "loss" },
  estimate({ rewards, perPrompt }, { gamma }) {
    return { advantages: lessMeanOf("all", rewardsToGo(rewards, gamma), perPrompt) };
  },
};
