/**
 * KL: the score of each method at the same distance from the initial policy.
 *
 * @module
 */

import { compact } from "../../src/ppo/report/figures.ts";
import { colours, drawLines } from "../figures.ts";
import { againstTerminal, bandOf, type Group, groupsOf, numbersOf } from "../groups.ts";
import { comparisonTable, grouped, plusMinus, table, verdict } from "../prose.ts";
import type { Run } from "../results.ts";
import { endMean, endSteps, scoreAtKl } from "../series.ts";
import { estimate } from "../significance.ts";
import { compareGroups, type Comparison, scoresByKl } from "../statistics.ts";
import { bullets, notRun, picture, type Section, suppressedEnd } from "./section.ts";

const title = "Score by KL";

/** Of the main phase. */
export function klSection(runs: readonly Run[]): Section {
  const groups = groupsOf(runs, "main");
  if (groups.every(({ arm }) => arm.method !== "terminal")) return notRun(title);
  const level = commonKl(groups);
  const comparisons = level > 0
    ? compareGroups(
      againstTerminal(groups),
      (run) => scoreAtKl(run, level),
    )
    : [];
  const what = `score where KL first reaches ${compact(level)} nats`;
  return {
    claims: comparisons.filter(isOfAbc).map((each) => verdict(each, what)),
    figures: { "kl.svg": figureOf(groups) },
    lines: [
      `## ${title}`,
      "",
      "KL is between the policy and the initial one, in nats per completion. A policy with a larger KL can score",
      "higher for that reason alone; here methods are compared at the step at which they first reach the same",
      "KL.",
      "",
      ...suppressedEnd,
      "",
      ...bullets(groups.flatMap(turningSentence)),
      ...picture("kl.svg", "Mean score of each method against its mean KL"),
      ...bandTable(groups),
      ...comparisonTable(comparisons),
      ...bullets(grouped(comparisons, what)),
    ],
  };
}

/** A sentence if KL has fallen by a tenth or more since its maximum. */
function turningSentence(group: Group): string[] {
  const band = bandOf(group, "kl");
  const furthest = band.reduce((most, each) => each.mean > most.mean ? each : most);
  const end = estimate(numbersOf(group, (run) => endMean(run, "kl", "last")));
  // If KL still rises, its maximum is among the last ten steps.
  const turned = furthest.step <= band.at(-1)!.step - endSteps && end.mean < 0.9 * furthest.mean;
  if (!turned) return [];
  return [
    `The KL of \`${group.name}\` is highest at step ${furthest.step}, ${compact(furthest.mean)}, ` +
    `and ${plusMinus(end)} over the last ten steps.`,
  ];
}

function isOfAbc({ first }: Comparison): boolean {
  return first === "abc";
}

/** A little less than the largest KL that every completed run reached. */
function commonKl(groups: readonly Group[]): number {
  const furthest = groups.flatMap(({ runs }) =>
    runs.filter(({ summary }) => summary.complete).map(({ steps }) =>
      Math.max(...steps.map(({ kl }) => kl))
    )
  );
  return furthest.length === 0 ? 0 : 0.9 * Math.min(...furthest);
}

function figureOf(groups: readonly Group[]): string {
  const lines = groups.map((group) => {
    const kl = bandOf(group, "kl");
    const scores = bandOf(group, "score_mean");
    return {
      name: group.name,
      colour: colours[group.arm.method] ?? "#000000",
      points: scores.map(({ mean, sd }, at) => ({ x: kl[at]!.mean, y: mean, spread: sd })),
    };
  });
  return drawLines(lines, { x: "KL from the initial policy (nats per completion)", y: "score" });
}

function bandTable(groups: readonly Group[]): string[] {
  const rows = scoresByKl(groups).map(({ from, to, scores }) => [
    `${compact(from)} to ${compact(to)}`,
    ...scores.map(({ mean, steps }) => steps === 0 ? "" : `${compact(mean)} (${steps})`),
  ]);
  return [
    ...table(["KL", ...groups.map(({ name }) => `\`${name}\``)], rows),
    "Mean score of the steps whose KL is in the interval, and the number of these steps. If KL falls again,",
    "they include later steps, after more training.",
    "",
  ];
}
