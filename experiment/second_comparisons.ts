/**
 * Second comparisons: what the phases beside the frontier compare, each where nothing else differs. Pure.
 *
 * @module
 */

import { type Arm, usualKlCoefficient } from "./arms.ts";
import {
  compareAtEqualKl,
  comparedKl,
  type FrontierComparison,
  frontierGroups,
  type KlInterval,
  type KlPoint,
  stepCurve,
  valueWithin,
} from "./frontier.ts";
import { completedRuns, type Group, groupsOf } from "./groups.ts";
import type { PhaseName } from "./plan.ts";
import type { Run } from "./results.ts";
import { holm } from "./significance.ts";
import { compareGroups, type Comparison } from "./statistics.ts";

/** What is asked: against the usual reward, against the rival, and whether place matters at all. */
export const questions = [
  ["abc", "terminal"],
  ["red", "terminal"],
  ["red", "abc"],
  ["abc", "permuted"],
] as const;

/** Methods under one setting, such as an algorithm or a reward model. */
export interface SettingComparisons {
  readonly setting: string;
  /** At least one. */
  readonly comparisons: readonly Comparison[];
}

/** The questions that groups of one setting have runs for, at equal KL. Holm's correction is over them. */
export function comparisonsOf(
  groups: readonly Group[],
  curveOf: (run: Run) => readonly KlPoint[] = stepCurve,
  interval: KlInterval = comparedKl,
): Comparison[] {
  return corrected(pairsOf(groups).map((pair) => compareAtEqualKl(pair, curveOf, interval)));
}

/** For each question the groups that it is about, if both are there. */
function pairsOf(groups: readonly Group[]): [Group, Group][] {
  const named = new Map(groups.map((group) => [group.arm.method as string, group]));
  return questions.flatMap(([first, second]): [Group, Group][] => {
    const [ours, theirs] = [named.get(first), named.get(second)];
    return ours === undefined || theirs === undefined ? [] : [[ours, theirs]];
  });
}

/** The same within each setting that methods have in common. */
export function comparedBySetting(
  groups: readonly Group[],
  interval: KlInterval = comparedKl,
): SettingComparisons[] {
  return [...Map.groupBy(groups, settingOf)]
    .map(([setting, own]) => ({ setting, comparisons: comparisonsOf(own, stepCurve, interval) }))
    .filter(({ comparisons }) => comparisons.length > 0);
}

/** The name of an arm without its method. */
function settingOf({ name, arm: { method } }: Group): string {
  return name.slice(method.length + ", ".length);
}

/** Phases whose arms differ from others by these flags (or by beta) and in nothing else. */
const changedFlags = {
  units: ["credit-unit"],
  "units-32": ["credit-unit"],
  "units-128": ["credit-unit"],
  "units-critic-free": ["credit-unit"],
  "units-critics": ["credit-unit"],
  "red-beta": [],
  estimator: ["lambda", "gamma"],
  "estimator-outer": ["lambda", "gamma"],
  "estimator-gamma": ["lambda", "gamma"],
  critics: ["critic", "value-coefficient", "value-lambda", "value-warm-up-steps"],
} as const satisfies Partial<Record<PhaseName, readonly string[]>>;

/** The phases that {@linkcode comparedWithUnchanged} compares. */
export const changePhases = Object.keys(changedFlags) as (keyof typeof changedFlags)[];

/** What each arm of such a phase gains, at equal KL, over the same method without the change. */
export function comparedWithUnchanged(runs: readonly Run[], name: PhaseName): Comparison[] {
  const changed = (changedFlags as Partial<Record<PhaseName, readonly string[]>>)[name];
  if (changed === undefined) return [];
  const usual = usualOf(runs);
  return corrected(
    groupsOf(runs, name).flatMap((group) => {
      const same = usual.find(({ arm }) => settingText(arm) === settingText(group.arm, changed));
      return same === undefined ? [] : [compareAtEqualKl([group, same], stepCurve)];
    }),
  );
}

/** What is the same of two arms that differ in these flags alone. */
function settingText(arm: Arm, changed: readonly string[] = []): string {
  const { method, maxNewTokens, klCoefficient, flags = {} } = arm;
  const kept = Object.entries(flags).filter(([flag]) => !changed.includes(flag)).toSorted();
  return JSON.stringify([method, maxNewTokens, klCoefficient, kept]);
}

/**
 * `red` as the frontier has it, with a shared critic and lambda 0.95, against the other ways in which `terminal` was
 * trained from the same texts with the same coefficient: lambda 1, and with remedies for the critic.
 */
export function redAgainstSparse(runs: readonly Run[]): Comparison[] {
  const red = usualGroup(runs, "red", 64);
  const others = (["estimator", "critics"] as const).flatMap((phase) => groupsOf(runs, phase))
    .filter((group) => group.arm.method === "terminal" && completedRuns(group).length > 0);
  if (red === undefined) return [];
  return corrected(others.map((group) => compareAtEqualKl([red, group], stepCurve)));
}

/** `red` at larger units against `terminal`, which no unit changes: with the same length, critic and algorithm. */
export function unitsAgainstSparse(runs: readonly Run[]): Comparison[] {
  const sparse = usualOf(runs).filter(({ arm }) => arm.method === "terminal");
  const units = changePhases.filter((phase) => phase.startsWith("units"))
    .flatMap((phase) => groupsOf(runs, phase)).filter(({ arm }) => arm.method === "red");
  return corrected(units.flatMap((group) => {
    const alike = { ...group.arm, method: "terminal" as const };
    const same = sparse.find(({ arm }) => settingText(arm) === settingText(alike, ["credit-unit"]));
    return same === undefined ? [] : [compareAtEqualKl([group, same], stepCurve)];
  }));
}

/** A method of the frontier with the coefficient that most phases have. */
function usualGroup(runs: readonly Run[], method: string, tokens: number): Group | undefined {
  return frontierGroups(runs, tokens)
    .find(({ arm }) => arm.method === method && arm.klCoefficient === usualKlCoefficient);
}

/** The groups that changes are compared with. */
function usualOf(runs: readonly Run[]): Group[] {
  return [
    ...frontierGroups(runs),
    ...(["critic-free", "critics"] as const).flatMap((phase) => groupsOf(runs, phase)),
  ];
}

/** Phases whose `abc` another phase repeats with its shares in a random order. */
export const controls = {
  tuned: "tuned-permuted",
  "estimator-outer": "estimator-permuted",
} as const satisfies Partial<Record<PhaseName, PhaseName>>;

/** The groups of a phase, and those of its control. */
export function controlledGroups(runs: readonly Run[], name: PhaseName): Group[] {
  const control = (controls as Partial<Record<PhaseName, PhaseName>>)[name];
  return [name, ...control === undefined ? [] : [control]].flatMap((each) => groupsOf(runs, each));
}

/** By the score within a budget of KL, where settings differ between methods, and so does their KL. */
export function comparedWithinBudget(groups: readonly Group[]): Comparison[] {
  const pairs = pairsOf(groups);
  return pairs.length === 0 ? [] : compareGroups(pairs, (run) => valueWithin(stepCurve(run)));
}

/** Those that have a seed, corrected for each other. */
function corrected(tests: readonly FrontierComparison[]): Comparison[] {
  const made = tests.filter(({ seeds }) => seeds.length > 0);
  const ps = holm(made.map(({ tP }) => tP));
  return made.map((test, at) => ({ ...test, holmP: ps[at]! }));
}
