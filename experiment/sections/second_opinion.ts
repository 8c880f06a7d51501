/**
 * Second opinion: whether what the reward model likes better is better to a judge as well.
 *
 * @module
 */

import { compact, signed } from "../../src/ppo/report/figures.ts";
import { drawLines } from "../figures.ts";
import { bandOf, type Group, groupsOf, numbersOf } from "../groups.ts";
import { comparisonTable, grouped, interval, plusMinus, table } from "../prose.ts";
import type { Results, Run } from "../results.ts";
import { type Column, endMean, meanOf } from "../series.ts";
import { estimate } from "../significance.ts";
import { compareGroups } from "../statistics.ts";
import { bullets, linesOf, notRun, picture, type Section } from "./section.ts";

const title = "A second opinion";

/** Steps over which the judge's curve is a mean in the figure: it sees few samples of each. */
const window = 7;

/** Of the main phase. */
export function secondOpinionSection({ runs, judge }: Results): Section {
  const groups = groupsOf(runs, "main");
  const control = groups.find(({ name }) => name === "terminal");
  if (control === undefined) return notRun(title);
  const comparisons = compareGroups(
    groups.filter((group) => group !== control).map((group) => [group, control]),
    perToken,
  );
  const sentences = groups.map(sentenceOf);
  return {
    claims: sentences.filter((_, at) => ["abc", "terminal"].includes(groups[at]!.name)),
    figures: {
      "judge.svg": drawLines(smoothed(groups), { x: "step", y: "judge's log-odds of praise" }),
    },
    lines: [
      `## ${title}`,
      "",
      "The judge is a linear model of words and pairs of words, trained on the texts that the reward model",
      `was trained on; no policy sees it. It is right on ${
        percent(judge.snippets)
      } of held-out snippets`,
      `(reward model: 80.6 %) and ${percent(judge.reviews)} of held-out reviews. It reads`,
      "the samples that are kept, eight a step, and the gap is between both scores of these. Both are",
      "log-odds of praise, but nothing says that they are alike where no training text was: a reward that",
      "goes on rising while the judge does not is a sign of something found in the reward model rather than",
      "in the language, and a gap by itself is not. The judge shares the reward model's data, and the linear",
      "models that taught that one are of the judge's kind; it can miss faults that both have, and it does",
      "not read grammar. It adds up words, so a longer text has more to add: methods that write longer",
      "texts are compared with others by its score per token written, the end token not counted. The prompt",
      "is in the score and not among these tokens, which favours short texts a little.",
      "",
      ...picture("judge.svg", "The judge's mean score of each method's samples against the step"),
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
 * The judge's score of what is written at the end, for each token of it that is text: a completion that
 * ended by itself has one that is not.
 */
function perToken(run: Run): number {
  const tokens = endMean(run, "length_mean", "last") - endMean(run, "ended_share", "last");
  return endMean(run, "judge_mean", "last") / tokens;
}

/** Of the same samples: those that the judge has read. */
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

/** What the judge says of a method. */
function sentenceOf(group: Group): string {
  const reward = estimate(numbersOf(group, (run) => riseOf(run, "score_mean")));
  const judged = estimate(numbersOf(group, (run) => riseOf(run, "judge_mean")));
  const change = judged.low > 0
    ? "rises"
    : judged.high < 0
    ? "falls"
    : "neither rises nor falls for certain";
  return `Under \`${group.name}\` the reward model's score changes by ${
    signed(reward.mean)
  }; the judge's ` +
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
