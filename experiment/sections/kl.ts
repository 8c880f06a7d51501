/**
 * KL: how much score each method buys with the same distance from the policy it started from.
 *
 * @module
 */

import { compact } from "../../src/ppo/report/figures.ts";
import { colours, drawLines } from "../figures.ts";
import { bandOf, type Group, groupsOf, numbersOf } from "../groups.ts";
import { comparisonTable, grouped, plusMinus, table, verdict } from "../prose.ts";
import type { Run } from "../results.ts";
import { endMean, endSteps, scoreAtKl } from "../series.ts";
import { estimate } from "../significance.ts";
import { compareGroups, type Comparison, scoresByKl } from "../statistics.ts";
import { bullets, notRun, picture, type Section, suppressedEnd } from "./section.ts";

const title = "Score for KL";

/** Of the main phase. */
export function klSection(runs: readonly Run[]): Section {
  const groups = groupsOf(runs, "main");
  const control = groups.find(({ name }) => name === "terminal");
  if (control === undefined) return notRun(title);
  const level = commonKl(groups);
  const comparisons = level > 0
    ? compareGroups(
      groups.filter((group) => group !== control).map((group) => [group, control]),
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
      "KL is between the policy and the one it started from, in nats per completion. A policy that may go",
      "further can score higher for that alone; here methods are compared at the step at which they first",
      "have gone so far.",
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

/** A sentence where KL was highest before the end and has fallen by a tenth or more since. */
function turningSentence(group: Group): string[] {
  const band = bandOf(group, "kl");
  const furthest = band.reduce((most, each) => each.mean > most.mean ? each : most);
  const end = estimate(numbersOf(group, (run) => endMean(run, "kl", "last")));
  // A KL that still rises has its highest step among the last ten, above their mean.
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

/** The furthest that every completed run went, a little less so that none is at its very last step. */
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
  return drawLines(lines, { x: "KL from the start (nats per completion)", y: "score" });
}

function bandTable(groups: readonly Group[]): string[] {
  const rows = scoresByKl(groups).map(({ from, to, scores }) => [
    `${compact(from)} to ${compact(to)}`,
    ...scores.map(({ mean, steps }) => steps === 0 ? "" : `${compact(mean)} (${steps})`),
  ]);
  return [
    ...table(["KL", ...groups.map(({ name }) => `\`${name}\``)], rows),
    "Mean score of the steps whose KL lies in the stretch, and how many steps these are: those on the way",
    "out and, where KL falls again, those on the way back, which had longer to learn.",
    "",
  ];
}
