/**
 * Frontier: the score on unseen prompts against KL, and methods compared at equal KL.
 *
 * @module
 */

import { colours, drawLines, type Line } from "../figures.ts";
import {
  frontierGroups,
  gridOf,
  type KlPoint,
  scoreCurve,
  stepCurve,
  valueAtKl,
} from "../frontier.ts";
import { completedRuns, type Group } from "../groups.ts";
import { comparisonTable, table, verdict } from "../prose.ts";
import type { Run } from "../results.ts";
import { comparisonsOf } from "../second_comparisons.ts";
import { meanOf } from "../series.ts";
import type { Comparison } from "../statistics.ts";
import { armRow } from "./second_phases.ts";
import { bullets, notRun, picture, type Section } from "./section.ts";

const title = "Score against KL";

/** Points of a line in a figure. */
const linePoints = 24;

/** Of every phase of the frontier. */
export function frontierSection(runs: readonly Run[]): Section {
  const lengths = [...Map.groupBy(frontierGroups(runs), ({ arm }) => arm.maxNewTokens)]
    .toSorted(([one], [other]) => one - other);
  if (lengths.length === 0) return notRun(title);
  return {
    claims: lengths.flatMap(([tokens]) =>
      equalKlComparisons(runs, tokens, stepCurve)
        .filter(({ seeds }) => seeds.length > 1)
        .map((each) => verdict(each, `score at equal KL, ${tokens} tokens`))
    ),
    figures: Object.fromEntries(lengths.map(([tokens, groups]) => [
      `frontier-${tokens}.svg`,
      drawFrontier(groups, stepCurve, "score"),
    ])),
    lines: [
      `## ${title}`,
      "",
      "Completions of one length, with EOS masked, so that no method writes longer texts than another. Methods are",
      "compared at equal KL: by seed, the mean of each score between half of the KL that all methods of a",
      "coefficient reach and 95 % of it. The scores are those of every step of training, whose prompts are drawn",
      "anew; those of prompts that no run of these phases was trained on are known for every tenth step, and between",
      "two of them interpolated along the square root of KL, with which scores grow about evenly (Gao et al., arXiv",
      "2210.10760). `permuted` is `abc` with the shares of each completion in a random order: what `abc` gains over",
      "it is what the place of its credit is worth.",
      "",
      ...lengths.flatMap(([tokens, groups]) => linesOfLength(runs, tokens, groups)),
    ],
  };
}

/** The comparisons of a length that runs of the frontier exist for. */
export function equalKlComparisons(
  runs: readonly Run[],
  tokens: number,
  curveOf: (run: Run) => readonly KlPoint[],
): Comparison[] {
  return comparisonsOf(frontierGroups(runs, tokens), curveOf);
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

function linesOfLength(runs: readonly Run[], tokens: number, groups: readonly Group[]): string[] {
  const comparisons = equalKlComparisons(runs, tokens, stepCurve);
  return [
    `### ${tokens} tokens`,
    "",
    ...picture(`frontier-${tokens}.svg`, `Score by KL, ${tokens} tokens`),
    ...table(
      ["arm", "seeds", "score at the end, unseen prompts", "KL at the end", "explained variance"],
      groups.map(armRow),
    ),
    comparisons.length > 0 ? "At equal KL:" : "No two methods have a seed in common yet.",
    "",
    ...comparisonTable(comparisons),
    ...bullets(
      comparisons.map((each) => verdict(each, `score at equal KL, ${tokens} tokens`)),
    ),
    ...unseenLines(equalKlComparisons(runs, tokens, scoreCurve)),
  ];
}

function unseenLines(comparisons: readonly Comparison[]): string[] {
  if (comparisons.length === 0) return [];
  return [
    "The same on unseen prompts, interpolated between evaluations:",
    "",
    ...comparisonTable(comparisons),
  ];
}
