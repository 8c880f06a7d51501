/**
 * Second opinion: whether texts that the reward model prefers are better for the judge as well.
 *
 * @module
 */

import { compact, signed } from "../../src/ppo/report/figures.ts";
import { drawLines } from "../figures.ts";
import { againstTerminal, bandOf, type Group, groupsOf, numbersOf } from "../groups.ts";
import { comparisonTable, grouped, interval, plusMinus, table } from "../prose.ts";
import type { Results, Run } from "../results.ts";
import { type Column, endMean, meanOf } from "../series.ts";
import { estimate } from "../significance.ts";
import { compareGroups } from "../statistics.ts";
import { bullets, linesOf, notRun, picture, type Section } from "./section.ts";

const title = "A second opinion";

/** The window of the judge's moving average in the figure, as it reads few samples per step. */
const window = 7;

/** Of the main phase. */
export function secondOpinionSection({ runs, judge }: Results): Section {
  const groups = groupsOf(runs, "main");
  if (groups.every(({ arm }) => arm.method !== "terminal")) return notRun(title);
  const comparisons = compareGroups(
    againstTerminal(groups),
    perToken,
  );
  const sentences = groups.map(sentenceOf);
  return {
    claims: sentences.filter((_, at) => ["abc", "terminal"].includes(groups[at]!.name)),
    figures: {
      "judge.svg": drawLines(smoothed(groups), {
        x: "step",
        y: "judge's log-odds of a positive text",
      }),
    },
    lines: [
      `## ${title}`,
      "",
      "The judge is a linear model of words and word pairs, trained on the same texts as the reward model; no",
      `policy is trained against it. It classifies ${
        percent(judge.snippets)
      } of held-out snippets correctly`,
      `(reward model: 80.6 %) and ${percent(judge.reviews)} of held-out reviews. It reads`,
      "the stored samples, eight per step; the gap is between both scores of these samples. Both are log-odds of",
      "a positive text, but they need not agree far from the training texts: a gap alone is no evidence, but a",
      "reward that rises while the judge's score does not suggests that the reward model is being exploited. The",
      "judge shares the reward model's data, and the linear models that taught the reward model are of the same",
      "kind; it can miss faults that both have, and ignores grammar. Its score is a sum over words, so longer",
      "texts have larger scores: methods are compared by its score per token, without EOS. The prompt counts in",
      "the score but not in these tokens, which slightly favours short texts.",
      "",
      ...picture("judge.svg", "The judge's mean score of each method's samples, by step"),
      ...table(
        [
          "method",
          "score: first ten, last ten steps",
          "judge: first ten, last ten steps",
          "gap at the end",
          "judge per token at the end",
        ],
        groups.map(rowOf),
      ),
      ...bullets(sentences),
      "At the end, compared by the judge's score per token:",
      "",
      ...comparisonTable(comparisons),
      ...bullets(grouped(comparisons, "the judge's score per token")),
    ],
  };
}

function rowOf(group: Group): string[] {
  const ends = (column: Column) =>
    (["first", "last"] as const).map((end) =>
      compact(meanOf(numbersOf(group, (run) => endMean(run, column, end))))
    ).join(", ");
  return [
    `\`${group.name}\``,
    ends("score_mean"),
    ends("judge_mean"),
    plusMinus(gapOf(group)),
    plusMinus(estimate(numbersOf(group, perToken))),
  ];
}

/**
 * The judge's score at the end of training, per token except EOS.
 */
function perToken(run: Run): number {
  const tokens = endMean(run, "length_mean", "last") - endMean(run, "ended_share", "last");
  return endMean(run, "judge_mean", "last") / tokens;
}

/** Of the samples that the judge reads. */
function gapOf(group: Group) {
  return estimate(
    numbersOf(
      group,
      (run) => endMean(run, "judged_score_mean", "last") - endMean(run, "judge_mean", "last"),
    ),
  );
}

function riseOf(run: Run, column: Column): number {
  return endMean(run, column, "last") - endMean(run, column, "first");
}

/** A sentence about one method. */
function sentenceOf(group: Group): string {
  const reward = estimate(numbersOf(group, (run) => riseOf(run, "score_mean")));
  const judged = estimate(numbersOf(group, (run) => riseOf(run, "judge_mean")));
  const change = judged.low > 0
    ? "rises"
    : judged.high < 0
    ? "falls"
    : "does not change significantly";
  return `With \`${group.name}\` the reward model's score changes by ${
    signed(reward.mean)
  }; the judge's score ` +
    `${change} (${signed(judged.mean)}, 95 % interval ${interval(judged)}).`;
}

function smoothed(groups: readonly Group[]) {
  return linesOf(groups, "judge_mean").map((line, at) => {
    const band = bandOf(groups[at]!, "judge_mean");
    const half = (window - 1) / 2;
    const points = band.map(({ step }, middle) => ({
      x: step,
      y: meanOf(band.slice(Math.max(0, middle - half), middle + half + 1).map(({ mean }) => mean)),
    }));
    return { ...line, points };
  });
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
