/**
 * Endings: the length of completions, and whether they end with EOS. The reward of ending a text instead of
 * continuing it is where the methods differ most.
 *
 * @module
 */

import { drawLines } from "../figures.ts";
import { againstTerminal, type Group, groupsOf, numbersOf } from "../groups.ts";
import { comparisonTable, grouped, plusMinus, table } from "../prose.ts";
import type { Run } from "../results.ts";
import { type Column, endMean } from "../series.ts";
import { estimate } from "../significance.ts";
import { compareGroups } from "../statistics.ts";
import { bullets, linesOf, notRun, picture, type Section } from "./section.ts";

const title = "Length and EOS";

/** Of the main phase. */
export function endingsSection(runs: readonly Run[]): Section {
  const groups = groupsOf(runs, "main");
  if (groups.every(({ arm }) => arm.method !== "terminal")) return notRun(title);
  const comparisons = compareGroups(
    againstTerminal(groups),
    (run) => endMean(run, "ended_share", "last"),
  );
  return {
    claims: [],
    figures: {
      "endings.svg": drawLines(linesOf(groups, "ended_share"), {
        x: "step",
        y: "share of completions that end with EOS",
      }),
    },
    lines: [
      `## ${title}`,
      "",
      "A completion may end from its eighth token on. EOS is a token of the policy, not of the reward model,",
      "whose attention therefore never falls on it. With `abc` and a positive score EOS gets only `1 - beta` of",
      "the score, while a text that continues still gets shares of the score later; with `uniform` and `abcd`",
      "EOS gets a share like any other token. With `terminal` and `red` continuing is rewarded only if the score",
      "rises. See [reward to go](reward-to-go.md).",
      "",
      ...picture("endings.svg", "Share of completions that end with EOS, by step"),
      ...table(
        [
          "method",
          "ended with EOS: first ten, last ten steps",
          "tokens: first ten, last ten steps",
        ],
        groups.map(rowOf),
      ),
      ...comparisonTable(comparisons),
      ...bullets(grouped(comparisons, "the share of completions that end with EOS")),
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
