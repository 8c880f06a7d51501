/**
 * Endings: how long completions become, and whether the policy ends them by itself. What ending a text
 * pays, against going on, is where the methods differ most.
 *
 * @module
 */

import { drawLines } from "../figures.ts";
import { type Group, groupsOf, numbersOf } from "../groups.ts";
import { comparisonTable, grouped, plusMinus, table } from "../prose.ts";
import type { Run } from "../results.ts";
import { type Column, endMean } from "../series.ts";
import { estimate } from "../significance.ts";
import { compareGroups } from "../statistics.ts";
import { bullets, linesOf, notRun, picture, type Section } from "./section.ts";

const title = "How texts end";

/** Of the main phase. */
export function endingsSection(runs: readonly Run[]): Section {
  const groups = groupsOf(runs, "main");
  const control = groups.find(({ name }) => name === "terminal");
  if (control === undefined) return notRun(title);
  const comparisons = compareGroups(
    groups.filter((group) => group !== control).map((group) => [group, control]),
    (run) => endMean(run, "ended_share", "last"),
  );
  return {
    claims: [],
    figures: {
      "endings.svg": drawLines(linesOf(groups, "ended_share"), {
        x: "step",
        y: "share of completions that end by themselves",
      }),
    },
    lines: [
      `## ${title}`,
      "",
      "A completion may end from its eighth token on. The end token is the policy's, not the reward model's:",
      "no attention of the latter falls on it. Under `abc`, with a positive score, it is therefore paid",
      "`1 - beta` of the score and no more, while a text that goes on has shares of the score still to come;",
      "under `uniform` and `abcd` it has a share like any other token. Under `terminal` and `red` nothing is",
      "to be had by going on that the score itself does not show. See [reward to go](reward-to-go.md).",
      "",
      ...picture("endings.svg", "Share of completions that end by themselves, against the step"),
      ...table(
        ["method", "ended: first ten, last ten steps", "tokens: first ten, last ten steps"],
        groups.map(rowOf),
      ),
      ...comparisonTable(comparisons),
      ...bullets(grouped(comparisons, "the share of texts that end by themselves")),
    ],
  };
}

function rowOf(group: Group): string[] {
  const both = (column: Column) =>
    (["first", "last"] as const)
      .map((end) => plusMinus(estimate(numbersOf(group, (run) => endMean(run, column, end)))))
      .join(", ");
  return [`\`${group.name}\``, both("ended_share"), both("length_mean")];
}
