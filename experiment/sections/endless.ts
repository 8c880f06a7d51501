/**
 * Endless: the methods where no text can end before its last token, as in the paper. What is left of the
 * differences in the main phase is not a matter of how texts end.
 *
 * @module
 */

import { drawLines } from "../figures.ts";
import { type Group, groupsOf, numbersOf } from "../groups.ts";
import { comparisonTable, grouped, plusMinus, table, verdict, withSd } from "../prose.ts";
import type { Run } from "../results.ts";
import { endMean, runMean } from "../series.ts";
import { estimate } from "../significance.ts";
import { compareGroups } from "../statistics.ts";
import { bullets, linesOf, notRun, picture, type Section } from "./section.ts";

const title = "Where no text can end";

/** The section of the phase `endless`. */
export function endlessSection(runs: readonly Run[]): Section {
  const groups = groupsOf(runs, "endless");
  if (groups.length === 0) return notRun(title);
  const pairs = pairsOf(groups);
  const overTraining = compareGroups(pairs, (run) => runMean(run, "score_mean"));
  const atTheEnd = compareGroups(pairs, (run) => endMean(run, "score_mean", "last"));
  const what = "score over training where no text can end";
  return {
    claims: overTraining.filter(({ first }) => first === "abc").map((each) => verdict(each, what)),
    figures: {
      "endless.svg": drawLines(linesOf(groups, "score_mean"), {
        x: "step",
        y: "score (mean of the batch)",
      }),
    },
    lines: [
      `## ${title}`,
      "",
      "The same with completions of 16 tokens, none of which may be the end of the text. A method that pays",
      "for going on, or for stopping, gains nothing by it here.",
      "",
      ...picture("endless.svg", "Mean score of each method where no text can end"),
      ...table(
        ["method", "seeds", "over training", "last ten steps", "KL at the end"],
        groups.map(rowOf),
      ),
      "Over training:",
      "",
      ...comparisonTable(overTraining),
      ...bullets(grouped(overTraining, what)),
      "Over the last ten steps:",
      "",
      ...comparisonTable(atTheEnd),
      ...bullets(grouped(atTheEnd, "score at the end")),
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
  ];
}
