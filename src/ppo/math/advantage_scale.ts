/**
 * The scale of advantages: what brings them to one size before a policy is trained on them.
 *
 *     batch   (advantage - mean) / std, over all tokens of the step
 *     group   advantage / (std + 1e-4), of what the prompt's completions earn
 *     none    as they are, in units of the score
 *
 * `batch` is PPO's usual normalisation (Huang et al., 2022) and that of REINFORCE++ (arXiv 2501.03262).
 * `group` is GRPO's (arXiv 2402.03300, section 4.1.2), with what TRL adds to the deviation. Its deviation is of all
 * rewards-to-go of a prompt's k completions around their means at each token,
 *
 *     std^2 = 1 / (k - 1) * sum over i of the mean over t of (G[i, t] - mean over j of G[j, t])^2
 *
 * which is that of total rewards where the last token earns all. That of totals alone would not do for rewards of
 * tokens: completions that score alike and get there in different ways would have advantages without a bound.
 * `none` is what Dr. GRPO (arXiv 2503.20783) has in its place, as prompts whose completions score alike weigh more
 * under `group`.
 *
 * @module
 */

import { groupsOf, lessMeanOf, rewardsToGo } from "./reward_to_go.ts";
import type { Rows } from "./rows.ts";
import { whiten } from "./statistics.ts";

/** The names, the widest first. */
export const advantageScales = ["batch", "group", "none"] as const;

/** One of {@linkcode advantageScales}. */
export type AdvantageScale = typeof advantageScales[number];

/** Added to the deviation of a group, whose completions may all score the same. */
const EPSILON = 1e-4;

/** What `group` goes by: rewards in the order of the advantages. */
export interface GroupedRewards {
  readonly rewards: Rows;
  readonly perPrompt: number;
  readonly gamma: number;
}

/** Scales the advantages of a step. */
export function scaleAdvantages(
  advantages: Rows,
  scale: AdvantageScale,
  { rewards, perPrompt, gamma }: GroupedRewards,
): Rows {
  if (scale === "none") return advantages;
  if (scale === "batch") return whiten(advantages);
  const deviations = deviationsOf({ rewards, perPrompt, gamma });
  return advantages.map((row, i) => {
    const deviation = deviations[Math.floor(i / perPrompt)]!;
    return row.map((entry) => entry / (deviation + EPSILON));
  });
}

/** The deviation of each prompt's rewards-to-go; 0 for a single completion. */
function deviationsOf({ rewards, perPrompt, gamma }: GroupedRewards): number[] {
  const centred = lessMeanOf("all", rewardsToGo(rewards, gamma), perPrompt);
  return groupsOf(centred, perPrompt).map((group) => {
    const squares = group.reduce((sum, row) => sum + meanSquare(row), 0);
    return Math.sqrt(squares / Math.max(1, perPrompt - 1));
  });
}

/** 0 of a completion without tokens. */
function meanSquare(row: Float64Array): number {
  return row.reduce((sum, entry) => sum + entry ** 2, 0) / Math.max(1, row.length);
}
