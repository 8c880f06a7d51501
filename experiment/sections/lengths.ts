/**
 * Lengths: whether training collapses with longer completions, as in the paper, if EOS is always allowed.
 *
 * @module
 */

import { compact } from "../../src/ppo/report/figures.ts";
import { drawLines } from "../figures.ts";
import { againstTerminal, type Group, groupsOf, numbersOf } from "../groups.ts";
import { paperLengths } from "../paper.ts";
import { plusMinus, table, withSd } from "../prose.ts";
import type { Run } from "../results.ts";
import { endMean, runMean } from "../series.ts";
import { estimate } from "../significance.ts";
import { collapseOf } from "../statistics.ts";
import { compareScores } from "./comparisons.ts";
import { linesOf, notRun, picture, type Section } from "./section.ts";

const title = "Longer completions";

/** The section of the phases `lengths` and `longest`. */
export function lengthsSection(runs: readonly Run[]): Section {
  const groups = [...groupsOf(runs, "lengths"), ...groupsOf(runs, "longest")];
  if (groups.length === 0) return notRun(title);
  const byLength = [...Map.groupBy(groups, ({ arm }) => arm.maxNewTokens)];
  const pairs = byLength.flatMap(([, own]) => againstTerminal(own));
  const comparisons = compareScores(pairs);
  return {
    claims: [collapseSentence(groups)],
    figures: Object.fromEntries(byLength.map(([length, own]) => [
      `length-${length}.svg`,
      drawLines(linesOf(own, "score_mean"), { x: "step", y: "score (mean of the batch)" }),
    ])),
    lines: [
      `## ${title}`,
      "",
      "Here EOS is allowed at any time. In the paper it was not before a minimum length, so that the collapse of",
      "sparse reward seen there may be due to the suppressed EOS, which lets KL become negative and be rewarded.",
      "",
      ...byLength.flatMap(([length]) =>
        picture(`length-${length}.svg`, `Mean score with completions of up to ${length} tokens`)
      ),
      ...lengthTable(groups),
      collapseSentence(groups),
      "",
      ...comparisons.lines,
      "The paper, with EOS suppressed (last ten steps):",
      "",
      ...table(
        ["tokens", "terminal", "abc"],
        paperLengths.map(({ tokens, terminal, abc }) => [
          tokens,
          `${terminal[0]} (sd ${terminal[1]})`,
          `${abc[0]} (sd ${abc[1]})`,
        ]),
      ),
    ],
  };
}

function lengthTable(groups: readonly Group[]): string[] {
  const mean = (group: Group, column: "length_mean" | "ended_share" | "kl") =>
    compact(estimate(numbersOf(group, (run) => endMean(run, column, "last"))).mean);
  return table(
    [
      "arm",
      "seeds",
      "over training",
      "last ten steps",
      "tokens",
      "ended with EOS",
      "KL",
      "collapsed",
    ],
    groups.map((group) => [
      group.name,
      String(group.runs.length),
      plusMinus(estimate(numbersOf(group, (run) => runMean(run, "score_mean")))),
      withSd(estimate(numbersOf(group, (run) => endMean(run, "score_mean", "last")))),
      mean(group, "length_mean"),
      mean(group, "ended_share"),
      mean(group, "kl"),
      String(collapsed(group)),
    ]),
  );
}

function collapsed({ runs }: Group): number {
  return runs.filter((run) => collapseOf(run) !== undefined).length;
}

function collapseSentence(groups: readonly Group[]): string {
  const of = (method: string) => {
    const own = groups.filter(({ arm }) => arm.method === method);
    const total = own.reduce((sum, { runs }) => sum + runs.length, 0);
    return `${own.reduce((sum, group) => sum + collapsed(group), 0)} of ${total} of ${method}`;
  };
  const methods = [...new Set(groups.map(({ arm }) => arm.method))];
  const none = groups.every((group) => collapsed(group) === 0);
  const lengths = groups.map(({ arm }) => arm.maxNewTokens);
  return none
    ? `With EOS always allowed no run collapsed at up to ${Math.max(...lengths)} tokens.`
    : `With EOS always allowed these runs collapsed: ${methods.map(of).join(", ")}.`;
}
