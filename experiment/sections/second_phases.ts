/**
 * Second phases: remedies for the critic, lambda and gamma, units, training without a critic, other reward
 * models, and settings that are tuned. Each is listed by its arms, with what of it is done; methods are
 * compared where nothing else differs.
 *
 * @module
 */

import { compact } from "../../src/ppo/report/figures.ts";
import {
  comparedKl,
  klBudget,
  type KlInterval,
  nats,
  stepCurve,
  valueWithin,
} from "../frontier.ts";
import { completedRuns, type Group, groupsOf, numbersOf, seedsOf } from "../groups.ts";
import { type PhaseName, phases } from "../plan.ts";
import { byMethod, comparisonTable, plusMinus, table } from "../prose.ts";
import type { Run } from "../results.ts";
import {
  comparedBySetting,
  comparedWithinBudget,
  comparedWithUnchanged,
  controls,
  redAgainstSparse,
  type SettingComparisons,
  unitsAgainstSparse,
} from "../second_comparisons.ts";
import { endMean } from "../series.ts";
import { estimate } from "../significance.ts";
import type { Comparison } from "../statistics.ts";
import type { Section } from "./section.ts";

/** In the order of the issue that they answer. */
const names = [
  "tuning",
  "tuned",
  "tuned-permuted",
  "estimator",
  "estimator-outer",
  "estimator-permuted",
  "estimator-gamma",
  "units",
  "units-32",
  "units-128",
  "critic-free",
  "units-critic-free",
  "units-critics",
  "red-beta",
  "reward-models",
  "critics",
] as const satisfies readonly PhaseName[];

/** Of every phase of the second edition but those of the frontier. */
export function secondPhasesSection(runs: readonly Run[]): Section {
  return {
    claims: [],
    figures: {},
    lines: [
      "## Other phases of the second edition",
      "",
      `Their predictions are in [reward to go](reward-to-go.md). Equal KL is ${
        nats(comparedKl)
      } in all of them.`,
      "",
      ...names.flatMap((name) => [
        ...linesOf(name, runs),
        ...againstUnchanged(name, runs),
      ]),
      ...sparseLines(runs),
    ],
  };
}

function linesOf(name: PhaseName, runs: readonly Run[]): string[] {
  const { summary, arms, seeds } = phases[name];
  const groups = groupsOf(runs, name);
  if (arms.length === 0) return [`**${name}**: ${summary}. No setting is chosen yet.`, ""];
  const done = groups.reduce((sum, group) => sum + seedsOf(group).length, 0);
  return [
    `**${name}**: ${summary}. ${done} of ${arms.length * seeds} runs are done.`,
    "",
    ...done === 0 ? [] : armTable(name, groups),
    ...comparedLines(name, [...groups, ...rivalsOf(name, runs)].filter(isRun)),
  ];
}

function isRun(group: Group): boolean {
  return completedRuns(group).length > 0;
}

/** What the arms of a phase are compared with that are not among them. */
function rivalsOf(name: PhaseName, runs: readonly Run[]): Group[] {
  const controlled = Object.entries(controls).filter(([, control]) => control === name);
  return controlled.flatMap(([phase]) => groupsOf(runs, phase as PhaseName))
    .filter(({ arm }) => arm.method === "abc");
}

/** The columns of {@linkcode armRow}. */
export const armHeads = [
  "arm",
  "seeds",
  "score at the end, unseen prompts",
  "KL at the end, nats",
  "explained variance at the end",
];

/** The arms; those that settings are chosen among, with what they are chosen by. */
function armTable(name: PhaseName, groups: readonly Group[]): string[] {
  if (!["tuning", "tuned", "tuned-permuted"].includes(name)) {
    return table(armHeads, groups.map(armRow));
  }
  return table(
    [...armHeads, `score within ${klBudget} nats`],
    groups.map((group) => [
      ...armRow(group),
      plusMinus(estimate(numbersOf(group, (run) => valueWithin(stepCurve(run))))),
    ]),
  );
}

/** What each arm gains over the same method as the frontier has it, where one thing is changed. */
function againstUnchanged(name: PhaseName, runs: readonly Run[]): string[] {
  const comparisons = comparedWithUnchanged(runs, name);
  if (comparisons.length === 0) return [];
  return [
    "At equal KL, against the same method where nothing else differs:",
    "",
    ...comparisonTable(comparisons),
  ];
}

/** Comparisons that were made once the phases that they take runs from were known. */
function sparseLines(runs: readonly Run[]): string[] {
  return [
    ...unplanned("red at larger units against the score alone", unitsAgainstSparse(runs)),
    ...unplanned(
      "red with a shared critic and lambda 0.95 against the score alone, however that was trained",
      redAgainstSparse(runs),
    ),
  ];
}

function unplanned(what: string, comparisons: readonly Comparison[]): string[] {
  if (comparisons.length === 0) return [];
  return [
    `**${what}**, with the same coefficient. This comparison was not planned.`,
    "",
    ...comparisonTable(comparisons),
  ];
}

/** What tuning finds is to be chosen from, and not compared. */
function comparedLines(name: PhaseName, groups: readonly Group[]): string[] {
  if (name === "tuning") return [];
  if (name === "tuned" || name === "tuned-permuted") return tunedLines(groups);
  const shorter = shorterKl[name];
  const where = shorter === undefined
    ? "At equal KL"
    : `At equal KL of ${nats(shorter)}, chosen when runs were known to end below the usual`;
  return comparedBySetting(groups, shorter).flatMap((each) => equalKlLines(where, each));
}

/** Where runs end below the KL that all others are compared to. */
const shorterKl: Partial<Record<PhaseName, KlInterval>> = {
  "estimator-permuted": { from: 5, to: 7 },
  "estimator-gamma": { from: 3, to: 5 },
};

function equalKlLines(where: string, { setting, comparisons }: SettingComparisons): string[] {
  return [
    `${where}, ${setting}:`,
    "",
    ...comparisonTable(byMethod(comparisons)),
  ];
}

/** Settings differ between methods here, and so does their KL: the score within a budget is compared. */
function tunedLines(groups: readonly Group[]): string[] {
  const comparisons = comparedWithinBudget(groups);
  if (comparisons.length === 0) return [];
  const what = `the score within ${klBudget} nats of KL`;
  return [
    `By ${what}, which is the mean over the last two of them, or at the end of a run that does not reach them:`,
    "",
    ...comparisonTable(byMethod(comparisons)),
  ];
}

/** An arm by its name, with its score and KL on unseen prompts and its critic. */
export function armRow(group: Group): string[] {
  const mean = (numberOf: (run: Run) => number) => estimate(numbersOf(group, numberOf));
  return [
    group.name,
    String(seedsOf(group).length),
    plusMinus(mean(({ evaluations }) => evaluations.at(-1)?.eval_score_mean ?? NaN)),
    plusMinus(mean(({ evaluations }) => evaluations.at(-1)?.eval_kl ?? NaN)),
    compact(mean((run) => endMean(run, "explained_variance", "last")).mean),
  ];
}
