/**
 * The scale of advantages: what brings them to one size before a policy is trained on them.
 *
 *     batch   (advantage - mean) / std, over all tokens of the step
 *     group   advantage / (std + 1e-4), of the total rewards of the prompt's completions
 *     none    as they are, in units of the score
 *
 * `batch` is PPO's usual normalisation (Huang et al., 2022) and that of REINFORCE++ (arXiv 2501.03262).
 * `group` is GRPO's (arXiv 2402.03300, section 4.1.2), with what TRL adds to the deviation; `none` is what
 * Dr. GRPO (arXiv 2503.20783) has in its place, as prompts whose completions score alike weigh more under
 * `group`.
 *
 * @module
 */

import { groupsOf, rewardsToGo } from "./reward_to_go.ts";
import type { Rows } from "./rows.ts";
import { standardDeviation, whiten } from "./statistics.ts";

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
  const totals = rewardsToGo(rewards, gamma).map(([total = 0]) => total);
  const deviations = groupsOf(totals, perPrompt).map((group) =>
    standardDeviation([Float64Array.from(group)])
  );
  return advantages.map((row, i) => {
    const deviation = deviations[Math.floor(i / perPrompt)]!;
    return row.map((entry) => entry / (deviation + EPSILON));
  });
}
