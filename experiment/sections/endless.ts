/**
 * Endless: the methods without EOS, so that all completions have the same length. Remaining differences are not
 * due to how texts end, provided that KL does not reward wanting EOS: it may in the phase `endless`, and cannot
 * in the phase `masked`.
 *
 * @module
 */

import { drawLines } from "../figures.ts";
import { type Group, groupsOf, numbersOf } from "../groups.ts";
import { plusMinus, table, verdict, withSd } from "../prose.ts";
import type { Run } from "../results.ts";
import { endMean, runMean } from "../series.ts";
import { estimate } from "../significance.ts";
import { collapseCell, collapseSentences } from "./collapses.ts";
import { compareScores } from "./comparisons.ts";
import { bullets, linesOf, notRun, picture, type Section, suppressedEnd } from "./section.ts";

/** The texts of one phase without EOS. */
interface Endless {
  readonly phase: "endless" | "masked";
  readonly title: string;
  /** As in "score over training ...". */
  readonly where: string;
  readonly opening: readonly string[];
}

const counted: Endless = {
  phase: "endless",
  title: "Without EOS",
  where: "without EOS",
  opening: [
    "The same with completions of 16 tokens in which EOS is never allowed: all have the same length, and no",
    "method can be rewarded for continuing or for stopping.",
    "",
    ...suppressedEnd,
    "Here this applies to every token.",
  ],
};

const masked: Endless = {
  phase: "masked",
  title: "Without EOS, masked",
  where: "without EOS (masked)",
  opening: [
    "The same with EOS masked in log-probabilities where it is not allowed (`--forbidden-end masked`, the",
    "trainer's default): wanting EOS is neither rewarded nor penalised.",
  ],
};

/** The section of the phase `endless`. */
export function endlessSection(runs: readonly Run[]): Section {
  return sectionOf(runs, counted);
}

/** The section of the phase `masked`. */
export function maskedSection(runs: readonly Run[]): Section {
  return sectionOf(runs, masked);
}

function sectionOf(runs: readonly Run[], { phase, title, where, opening }: Endless): Section {
  const groups = groupsOf(runs, phase);
  if (groups.length === 0) return notRun(title);
  const { overTraining, lines } = compareScores(pairsOf(groups), where);
  const what = `score over training ${where}`;
  const collapses = collapseSentences(groups);
  return {
    claims: [
      ...overTraining.filter(({ first }) => first === "abc").map((each) => verdict(each, what)),
      ...collapses.map((sentence) => `${title}: ${sentence}`),
    ],
    figures: {
      [`${phase}.svg`]: drawLines(linesOf(groups, "score_mean"), {
        x: "step",
        y: "score (mean of the batch)",
      }),
    },
    lines: [
      `## ${title}`,
      "",
      ...opening,
      "",
      ...picture(`${phase}.svg`, `Mean score of each method ${where}`),
      ...table(
        ["method", "seeds", "over training", "last ten steps", "KL at the end", "collapsed"],
        groups.map(rowOf),
      ),
      ...bullets(collapses),
      ...lines,
    ],
  };
}

/** Every method against both controls, and these against each other. */
function pairsOf(groups: readonly Group[]): [Group, Group][] {
  return ["terminal", "uniform"].flatMap((control) => {
    const against = groups.find(({ name }) => name === control);
    const others = groups.filter(({ name }) => name !== control && name !== "terminal");
    return against === undefined ? [] : others.map((group): [Group, Group] => [group, against]);
  });
}

function rowOf(group: Group): string[] {
  const last = (column: "score_mean" | "kl") =>
    estimate(numbersOf(group, (run) => endMean(run, column, "last")));
  return [
    `\`${group.name}\``,
    String(last("kl").n),
    plusMinus(estimate(numbersOf(group, (run) => runMean(run, "score_mean")))),
    withSd(last("score_mean")),
    plusMinus(last("kl")),
    collapseCell(group),
  ];
}
