/**
 * Stability: value loss, entropy and collapsed runs.
 *
 * @module
 */

import { drawLines } from "../figures.ts";
import { againstTerminal, type Group, groupsOf, numbersOf } from "../groups.ts";
import { comparisonTable, grouped, plusMinus, table } from "../prose.ts";
import type { Run } from "../results.ts";
import { type Column, endMean, runMean } from "../series.ts";
import { estimate } from "../significance.ts";
import { compareGroups } from "../statistics.ts";
import { collapseCell, collapseMeaning, collapseSentences } from "./collapses.ts";
import { bullets, linesOf, notRun, picture, type Section } from "./section.ts";

const title = "Stability";

/** Of the main phase. */
export function stabilitySection(runs: readonly Run[]): Section {
  const groups = groupsOf(runs, "main");
  if (groups.every(({ arm }) => arm.method !== "terminal")) return notRun(title);
  const comparisons = compareGroups(
    againstTerminal(groups),
    (run) => runMean(run, "value_loss"),
  );
  const collapses = collapseSentences(groups);
  return {
    claims: collapses,
    figures: {
      "value-loss.svg": drawLines(linesOf(groups, "value_loss"), { x: "step", y: "value loss" }),
    },
    lines: [
      `## ${title}`,
      "",
      "Value loss is in squared units of the score. If credit is assigned early, less is left for later tokens, so",
      "that errors are smaller; explained variance relates the error to the variance of returns. Neither",
      "measures what the policy learns.",
      "",
      ...picture("value-loss.svg", "Value loss of each method by step"),
      ...table(
        [
          "method",
          "value loss",
          "explained variance",
          "entropy at the end",
          "KL at the end",
          "collapsed",
        ],
        groups.map(rowOf),
      ),
      ...collapseMeaning,
      "",
      ...bullets(collapses),
      ...comparisonTable(comparisons),
      ...bullets(grouped(comparisons, "value loss")),
    ],
  };
}

function rowOf(group: Group): string[] {
  const over = (column: Column) =>
    plusMinus(estimate(numbersOf(group, (run) => runMean(run, column))));
  const last = (column: Column) =>
    plusMinus(estimate(numbersOf(group, (run) => endMean(run, column, "last"))));
  return [
    `\`${group.name}\``,
    over("value_loss"),
    over("explained_variance"),
    last("entropy"),
    last("kl"),
    collapseCell(group),
  ];
}
