/**
 * Over-optimisation: whether a score that rises with KL is believed by a judge that no policy was trained
 * against.
 *
 * @module
 */

import { compact } from "../../src/ppo/report/figures.ts";
import { commonInterval, frontierGroups, judgeCurve, meanBetween } from "../frontier.ts";
import { type Group, numbersOf, seedsOf } from "../groups.ts";
import { comparisonTable, plusMinus, table, verdict } from "../prose.ts";
import type { Run } from "../results.ts";
import { estimate } from "../significance.ts";
import { drawFrontier, equalKlComparisons } from "./frontier.ts";
import { bullets, notRun, picture, type Section } from "./section.ts";

const title = "Over-optimisation";

/** Of every phase of the frontier. */
export function overOptimisationSection(runs: readonly Run[]): Section {
  const lengths = [...Map.groupBy(frontierGroups(runs), ({ arm }) => arm.maxNewTokens)]
    .toSorted(([one], [other]) => one - other);
  if (lengths.length === 0) return notRun(title);
  return {
    claims: [],
    figures: Object.fromEntries(lengths.map(([tokens, groups]) => [
      `judge-kl-${tokens}.svg`,
      drawFrontier(groups, (run) => judgeCurve(run), "judge's log-odds of a positive text"),
    ])),
    lines: [
      `## ${title}`,
      "",
      "The judge's score of 32 samples per step, of prompts that were trained on, against KL. All texts of a length",
      "have as many tokens, so that its sum over words favours none. Where the reward model's score goes on rising",
      "and the judge's does not, the policy exploits the reward model.",
      "",
      ...lengths.flatMap(([tokens, groups]) => linesOfLength(runs, tokens, groups)),
    ],
  };
}

function linesOfLength(runs: readonly Run[], tokens: number, groups: readonly Group[]): string[] {
  const comparisons = equalKlComparisons(runs, tokens, (run) => judgeCurve(run));
  return [
    `### The judge, ${tokens} tokens`,
    "",
    ...picture(`judge-kl-${tokens}.svg`, `The judge's score by KL, ${tokens} tokens`),
    ...table(
      ["arm", "seeds", "KL compared", "judge", "reward model, same samples"],
      groups.map((group) => rowOf(group, groups)),
    ),
    ...comparisonTable(comparisons),
    ...bullets(
      comparisons.map((each) => verdict(each, `the judge's score at equal KL, ${tokens} tokens`)),
    ),
  ];
}

/** Over the KL that all methods of the group's coefficient reach. */
function rowOf(group: Group, groups: readonly Group[]): string[] {
  const alike = groups.filter(({ arm }) => arm.klCoefficient === group.arm.klCoefficient);
  const interval = commonInterval(alike, (run) => judgeCurve(run));
  const mean = (column: "judge_mean" | "judged_score_mean") =>
    estimate(numbersOf(group, (run) => meanBetween(judgeCurve(run, column), interval)));
  return [
    `${group.arm.method}, coefficient ${group.arm.klCoefficient}`,
    String(seedsOf(group).length),
    `${compact(interval.from)} to ${compact(interval.to)}`,
    plusMinus(mean("judge_mean")),
    plusMinus(mean("judged_score_mean")),
  ];
}
