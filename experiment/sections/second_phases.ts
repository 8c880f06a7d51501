/**
 * Second phases: remedies for the critic, lambda and gamma, units, training without a critic, other reward
 * models, and settings that are tuned. Each is listed by its arms, with what of it is done; methods are
 * compared where nothing else differs.
 *
 * @module
 */

import { compact } from "../../src/ppo/report/figures.ts";
import type { Arm } from "../arms.ts";
import {
  bestWithin,
  compareGroupsAtEqualKl,
  frontierGroups,
  klBudget,
  scoreCurve,
  stepCurve,
} from "../frontier.ts";
import { completedRuns, type Group, groupsOf, numbersOf, seedsOf } from "../groups.ts";
import { type PhaseName, phases } from "../plan.ts";
import { comparisonTable, plusMinus, table, verdict } from "../prose.ts";
import type { Run } from "../results.ts";
import { endMean } from "../series.ts";
import { estimate, holm } from "../significance.ts";
import { compareGroups } from "../statistics.ts";
import { comparisonsOf, questions } from "./frontier.ts";
import { bullets, type Section } from "./section.ts";

/** In the order of the issue that they answer. */
const names = [
  "tuning",
  "tuned",
  "estimator",
  "units",
  "units-32",
  "units-128",
  "critic-free",
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
      "Their predictions are in [reward to go](reward-to-go.md).",
      "",
      ...names.flatMap((name) => [
        ...linesOf(name, groupsOf(runs, name)),
        ...againstFrontier(name, runs),
      ]),
    ],
  };
}

function linesOf(name: PhaseName, groups: readonly Group[]): string[] {
  const { summary, arms, seeds } = phases[name];
  if (arms.length === 0) return [`**${name}**: ${summary}. No setting is chosen yet.`, ""];
  const done = groups.reduce((sum, group) => sum + seedsOf(group).length, 0);
  const heads = ["arm", "seeds", "score at the end, unseen prompts", "KL at the end"];
  return [
    `**${name}**: ${summary}. ${done} of ${arms.length * seeds} runs are done.`,
    "",
    ...done === 0 ? [] : table([...heads, "explained variance"], groups.map(armRow)),
    ...comparedLines(name, groups.filter((group) => completedRuns(group).length > 0)),
  ];
}

/** What each arm gains over the same method as the frontier has it, where one thing is changed. */
function againstFrontier(name: PhaseName, runs: readonly Run[]): string[] {
  if (!changesOneThing.has(name)) return [];
  const usual = frontierGroups(runs);
  const tests = groupsOf(runs, name).flatMap((group) => {
    const same = usual.find(({ arm }) => isAlike(arm, group.arm));
    const found = same && compareGroupsAtEqualKl([group, same], stepCurve);
    return found === undefined || found.seeds.length === 0 ? [] : [found];
  });
  if (tests.length === 0) return [];
  const corrected = holm(tests.map(({ tP }) => tP));
  const comparisons = tests.map((test, at) => ({ ...test, holmP: corrected[at]! }));
  return [
    "At equal KL, against the same method in the frontier:",
    "",
    ...comparisonTable(comparisons),
    ...bullets(comparisons.map((each) => verdict(each, "score at equal KL"))),
  ];
}

/** Phases whose arms differ from the frontier's in what they are about, and in nothing else. */
const changesOneThing: ReadonlySet<PhaseName> = new Set<PhaseName>([
  "estimator",
  "units",
  "units-32",
  "units-128",
  "critics",
]);

function isAlike(one: Arm, other: Arm): boolean {
  return one.method === other.method && one.maxNewTokens === other.maxNewTokens &&
    one.klCoefficient === other.klCoefficient;
}

/** What tuning finds is to be chosen from, and not compared. */
function comparedLines(name: PhaseName, groups: readonly Group[]): string[] {
  if (name === "tuning") return [];
  if (name === "tuned") return tunedLines(groups);
  const settings = Map.groupBy(groups, settingOf);
  return [...settings].flatMap(([setting, own]) => equalKlLines(setting, own));
}

/** The name of an arm without its method. */
function settingOf({ name, arm: { method } }: Group): string {
  return name.slice(method.length + ", ".length);
}

function equalKlLines(setting: string, groups: readonly Group[]): string[] {
  const comparisons = comparisonsOf(groups);
  if (comparisons.length === 0) return [];
  return [
    `At equal KL, ${setting}:`,
    "",
    ...comparisonTable(comparisons),
    ...bullets(comparisons.map((each) => verdict(each, `score at equal KL, ${setting}`))),
  ];
}

/** Settings differ between methods here, and so does their KL: the best score within a budget is compared. */
function tunedLines(groups: readonly Group[]): string[] {
  const named = new Map(groups.map((group) => [group.arm.method as string, group]));
  const pairs = questions.flatMap(([first, second]) => {
    const [ours, theirs] = [named.get(first), named.get(second)];
    return ours === undefined || theirs === undefined ? [] : [[ours, theirs] as const];
  });
  if (pairs.length === 0) return [];
  const what = `the best score within ${klBudget} nats of KL`;
  const comparisons = compareGroups(pairs, (run) => bestWithin(scoreCurve(run)));
  return [
    `By ${what}, on unseen prompts:`,
    "",
    ...comparisonTable(comparisons),
    ...bullets(comparisons.map((each) => verdict(each, what))),
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
