/**
 * Stability: value loss, entropy and the runs that went wrong.
 *
 * @module
 */

import { drawLines } from "../figures.ts";
import { type Group, groupsOf, numbersOf } from "../groups.ts";
import { comparisonTable, grouped, plusMinus, table } from "../prose.ts";
import type { Run } from "../results.ts";
import { type Column, endMean, runMean } from "../series.ts";
import { estimate } from "../significance.ts";
import { collapseOf, compareGroups } from "../statistics.ts";
import { bullets, linesOf, notRun, picture, type Section } from "./section.ts";

const title = "Stability";

/** Of the main phase. */
export function stabilitySection(runs: readonly Run[]): Section {
  const groups = groupsOf(runs, "main");
  const control = groups.find(({ name }) => name === "terminal");
  if (control === undefined) return notRun(title);
  const comparisons = compareGroups(
    groups.filter((group) => group !== control).map((group) => [group, control]),
    (run) => runMean(run, "value_loss"),
  );
  return {
    claims: [],
    figures: {
      "value-loss.svg": drawLines(linesOf(groups, "value_loss"), { x: "step", y: "value loss" }),
    },
    lines: [
      `## ${title}`,
      "",
      "The value head has an easier task where credit comes early: less of the return is still to be",
      "foreseen. Its loss is no measure of what the policy learns.",
      "",
      ...picture("value-loss.svg", "Value loss of each method against the training step"),
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
      "A run counts as collapsed if it broke off, if its KL over the last ten steps is below 0 on average,",
      "or if its score over the last ten steps is below that over the first ten.",
      "",
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
  const collapses = group.runs.flatMap((run) => collapseOf(run) ?? []);
  return [
    `\`${group.name}\``,
    over("value_loss"),
    over("explained_variance"),
    last("entropy"),
    last("kl"),
    collapses.length === 0
      ? `0 of ${group.runs.length}`
      : `${collapses.length} of ${group.runs.length} (${[...new Set(collapses)].join(", ")})`,
  ];
}
