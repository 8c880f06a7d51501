/**
 * Frontier: the score against KL, and methods compared at equal KL.
 *
 * @module
 */

import { colours, drawLines, type Line } from "../figures.ts";
import {
  allReach,
  byCoefficient,
  comparedKl,
  frontierGroups,
  furtherKl,
  gridOf,
  type KlInterval,
  type KlPoint,
  nats,
  stepCurve,
  unseenGaps,
  valueAtKl,
} from "../frontier.ts";
import { completedRuns, type Group } from "../groups.ts";
import { byMethod, comparisonTable, plusMinus, table } from "../prose.ts";
import type { Run } from "../results.ts";
import { comparisonsOf } from "../second_comparisons.ts";
import { meanOf } from "../series.ts";
import { estimate } from "../significance.ts";
import { armHeads, armRow } from "./second_phases.ts";
import { notRun, picture, type Section } from "./section.ts";

const title = "Score against KL";

/** Points of a line in a figure. */
const linePoints = 24;

/** Of every phase of the frontier. */
export function frontierSection(runs: readonly Run[]): Section {
  const lengths = [...Map.groupBy(frontierGroups(runs), ({ arm }) => arm.maxNewTokens)]
    .toSorted(([one], [other]) => one - other);
  if (lengths.length === 0) return notRun(title);
  return {
    claims: [],
    figures: Object.fromEntries(lengths.map(([tokens, groups]) => [
      `frontier-${tokens}.svg`,
      drawFrontier(groups, stepCurve, "score"),
    ])),
    lines: [
      `## ${title}`,
      "",
      "Completions of one length, with EOS masked, so that no method writes longer texts than another. Methods are",
      "compared at equal KL: by seed, the mean of each score where KL first rises from",
      `${
        nats(comparedKl)
      } per completion, and, where the coefficient lets all runs go that far, from ` +
      `${nats(furtherKl)}. The`,
      "interval is the same in all tables, so that their differences can be compared. Scores are those of every",
      "step of training and of the two beside it, and between them interpolated along the square root of KL, with",
      "which scores grow about evenly (Gao et al., arXiv 2210.10760). `permuted` is `abc` with the shares of each",
      "completion in a random order: what `abc` gains over it is what the place of its credit is worth.",
      "",
      ...lengths.flatMap(([tokens, groups]) => linesOfLength(tokens, groups)),
      ...unseenLines(runs),
    ],
  };
}

/** The mean over seeds of each group's curve, up to the KL that all its runs reach. */
export function drawFrontier(
  groups: readonly Group[],
  curveOf: (run: Run) => readonly KlPoint[],
  y: string,
): string {
  const lines = groups.map((group): Line => {
    const curves = completedRuns(group).map(curveOf);
    const to = Math.min(...curves.map((curve) => Math.max(...curve.map(({ kl }) => kl))));
    const from = Math.max(...curves.map(([first]) => first?.kl ?? 0));
    return {
      name: `${group.arm.method} ${group.arm.klCoefficient}`,
      colour: colours[group.arm.method] ?? "#000000",
      points: gridOf({ from, to }, linePoints).map((kl) => ({
        x: kl,
        y: meanOf(curves.map((curve) => valueAtKl(curve, kl))),
      })),
    };
  });
  return drawLines(lines, { x: "KL from the initial policy (nats per completion)", y });
}

function linesOfLength(tokens: number, groups: readonly Group[]): string[] {
  return [
    `### ${tokens} tokens`,
    "",
    ...picture(`frontier-${tokens}.svg`, `Score by KL, ${tokens} tokens`),
    ...table(armHeads, groups.map(armRow)),
    ...byCoefficient(groups).flatMap(([coefficient, own]) =>
      [comparedKl, furtherKl].flatMap((interval) =>
        linesOfInterval(`${tokens} tokens, coefficient ${coefficient}`, own, interval)
      )
    ),
  ];
}

/** Nothing beyond what every run reaches, as the slowest of a method are not those of another. */
function linesOfInterval(
  setting: string,
  groups: readonly Group[],
  interval: KlInterval,
): string[] {
  if (interval !== comparedKl && !allReach(groups, interval, stepCurve)) return [];
  const comparisons = comparisonsOf(groups, stepCurve, interval);
  if (comparisons.length === 0) {
    return [`No two methods have a seed in common yet with ${setting}.`, ""];
  }
  return [
    `At equal KL, ${nats(interval)}, ${setting}:`,
    "",
    ...comparisonTable(byMethod(comparisons)),
  ];
}

/** By how much policies score higher on prompts that they were not trained on. */
function unseenLines(runs: readonly Run[]): string[] {
  const gaps = [...Map.groupBy(runs, ({ summary }) => summary.method)]
    .map(([method, own]) => ({ method, gaps: own.flatMap(unseenGaps) }))
    .filter(({ gaps }) => gaps.length > 1);
  if (gaps.length === 0) return [];
  return [
    "### Unseen prompts",
    "",
    "Each step draws 64 of 620 prompts, so that a run sees a prompt about five times. Every tenth step the policy is",
    "evaluated on 128 prompts of reviews that no run of these phases was trained on. By this much it scores higher",
    "there than the completions of the two steps before and after:",
    "",
    ...table(
      ["method", "evaluations", "higher by"],
      gaps.map(({ method, gaps }) => [
        `\`${method}\``,
        String(gaps.length),
        plusMinus(estimate(gaps)),
      ]),
    ),
    "A method that learned its prompts by heart would score lower there than others do.",
    "",
  ];
}
