/**
 * Endless: the methods where no text can end before its last token. What is left of the differences in the
 * main phase is not a matter of how texts end, as long as KL does not pay for wishing to end: it may in
 * the phase `endless`, and cannot in the phase `masked`.
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

/** One phase in which no text can end, in words. */
interface Endless {
  readonly phase: "endless" | "masked";
  readonly title: string;
  /** As in "score over training ...". */
  readonly where: string;
  readonly opening: readonly string[];
}

const counted: Endless = {
  phase: "endless",
  title: "Where no text can end",
  where: "where no text can end",
  opening: [
    "The same with completions of 16 tokens, none of which may be the end of the text: all are of one",
    "length, and no method can be paid for going on or for stopping.",
    "",
    ...suppressedEnd,
    "Here that holds of every token.",
  ],
};

const masked: Endless = {
  phase: "masked",
  title: "Where no text can end, and KL knows it",
  where: "where no text can end and KL knows it",
  opening: [
    "The same once more with log-probabilities that leave the end out where it is not allowed",
    "(`--forbidden-end masked`, which is the trainer's default): a wish to end is neither paid nor charged.",
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

/** Everyone against both controls, and those against each other. */
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
