/**
 * Read end: whether the reward model reads the EOS of a text that the policy ended, as in the authors' code, and
 * what that changes of how often texts end, and of the score.
 *
 * @module
 */

import { comparedKl, nats } from "../frontier.ts";
import {
  againstTerminal,
  completedRuns,
  type Group,
  groupsOf,
  numbersOf,
  seedsOf,
} from "../groups.ts";
import { byMethod, comparisonTable, plusMinus, table } from "../prose.ts";
import type { Run } from "../results.ts";
import { comparisonsOf } from "../second_comparisons.ts";
import { type Column, endMean, runMean } from "../series.ts";
import { estimate } from "../significance.ts";
import { compareGroups, type Comparison } from "../statistics.ts";
import { notRun, type Section } from "./section.ts";

const title = "An end that the reward model reads";

/** Of the phase `read-end`. */
export function readEndSection(runs: readonly Run[]): Section {
  const groups = groupsOf(runs, "read-end").filter((group) => completedRuns(group).length > 0);
  if (groups.length === 0) return notRun(title);
  const [read, notRead] = [true, false].map((wanted) =>
    groups.filter(({ arm }) => arm.endRead === wanted)
  ) as [Group[], Group[]];
  return {
    claims: [],
    figures: {},
    lines: [
      `## ${title}`,
      "",
      ...what,
      ...table(heads, groups.map(rowOf)),
      ...endedLines(read, notRead),
      ...scoreLines(read, notRead),
    ],
  };
}

const what = [
  "In the authors' code EOS is a token of the response, which the reward model reads. In the first edition it did",
  "not, so that attention could not fall on it. Here completions of 8 to 16 tokens may end from the eighth on, with",
  "EOS masked before, and the reward model reads the EOS of those that ended (`--send-end-of-text`, the trainer's",
  "default), or does not. Scores are those that the policy was trained with: with EOS where it is read.",
  "[Reward to go](reward-to-go.md#the-end-of-a-text) has the predictions.",
  "",
];

const heads = [
  "arm",
  "seeds",
  "ended with EOS: first ten, last ten steps",
  "tokens, last ten steps",
  "score, last ten steps",
  "KL, last ten steps",
];

function endedLines(read: readonly Group[], notRead: readonly Group[]): string[] {
  const pairs = [...pairsOf(read, notRead), ...againstTerminal(read), ...againstTerminal(notRead)];
  return part(
    "Share of completions that end with EOS, last ten steps",
    compareGroups(pairs, (run) => endMean(run, "ended_share", "last")),
  );
}

function scoreLines(read: readonly Group[], notRead: readonly Group[]): string[] {
  const pairs = [...againstTerminal(read), ...againstTerminal(notRead)];
  const atEqualKl = (how: string, own: readonly Group[]) =>
    part(
      `Score at equal KL, ${nats(comparedKl)}, EOS ${how} (texts differ in length)`,
      byMethod(comparisonsOf(own)),
    );
  return [
    ...part("Score over training", compareGroups(pairs, (run) => runMean(run, "score_mean"))),
    ...atEqualKl("read", read),
    ...atEqualKl("not read", notRead),
  ];
}

function rowOf(group: Group): string[] {
  const mean = (column: Column, end: "first" | "last" = "last") =>
    plusMinus(estimate(numbersOf(group, (run) => endMean(run, column, end))));
  return [
    group.name,
    String(seedsOf(group).length),
    `${mean("ended_share", "first")}, ${mean("ended_share")}`,
    mean("length_mean"),
    mean("score_mean"),
    mean("kl"),
  ];
}

/** The same method with EOS read and not. */
function pairsOf(read: readonly Group[], notRead: readonly Group[]): [Group, Group][] {
  return read.flatMap((one): [Group, Group][] => {
    const other = notRead.find(({ arm }) => arm.method === one.arm.method);
    return other === undefined ? [] : [[one, other]];
  });
}

function part(what: string, comparisons: readonly Comparison[]): string[] {
  return comparisons.length === 0 ? [] : [`${what}:`, "", ...comparisonTable(comparisons)];
}
