/**
 * Over-optimisation: whether a score that rises with KL is believed by a judge that no policy was trained
 * against.
 *
 * @module
 */

import { byCoefficient, comparedKl, frontierGroups, judgeCurve, meanBetween } from "../frontier.ts";
import { type Group, numbersOf, seedsOf } from "../groups.ts";
import { byMethod, comparisonTable, plusMinus, table } from "../prose.ts";
import type { Run } from "../results.ts";
import { estimate } from "../significance.ts";
import { comparisonsOf } from "../second_comparisons.ts";
import { drawFrontier } from "./frontier.ts";
import { notRun, picture, type Section } from "./section.ts";

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
      "The judge's score of 32 samples per step against KL, a mean of seven steps, at the same KL as above. All texts",
      "of a length have as many tokens, so that its sum over words favours none. Where the reward model's score goes",
      "on rising and the judge's does not, the policy exploits the reward model.",
      "",
      ...lengths.flatMap(([tokens, groups]) => linesOfLength(tokens, groups)),
    ],
  };
}

function linesOfLength(tokens: number, groups: readonly Group[]): string[] {
  return [
    `### The judge, ${tokens} tokens`,
    "",
    ...picture(`judge-kl-${tokens}.svg`, `The judge's score by KL, ${tokens} tokens`),
    ...table(["arm", "seeds", "judge", "reward model, same samples"], groups.map(rowOf)),
    ...byCoefficient(groups).flatMap(([coefficient, own]) => {
      const comparisons = comparisonsOf(own, (run) => judgeCurve(run));
      if (comparisons.length === 0) return [];
      const what = `The judge's score at equal KL, ${tokens} tokens, coefficient ${coefficient}:`;
      return [what, "", ...comparisonTable(byMethod(comparisons))];
    }),
  ];
}

/** Where methods are compared. */
function rowOf(group: Group): string[] {
  const mean = (column: "judge_mean" | "judged_score_mean") =>
    estimate(numbersOf(group, (run) => meanBetween(judgeCurve(run, column), comparedKl)));
  return [
    `${group.arm.method}, coefficient ${group.arm.klCoefficient}`,
    String(seedsOf(group).length),
    plusMinus(mean("judge_mean")),
    plusMinus(mean("judged_score_mean")),
  ];
}
