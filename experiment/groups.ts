/**
 * Groups: the runs of one arm, by seed and step. Pure.
 *
 * @module
 */

import { type Arm, methods } from "./arms.ts";
import { armName, type PhaseName } from "./plan.ts";
import type { Run } from "./results.ts";
import { type Column, valuesOf } from "./series.ts";
import { settingWords } from "./setting_words.ts";
import { estimate } from "./significance.ts";

/** Runs that differ only in their seed. */
export interface Group {
  /** In words, as in `abc, 64 tokens, coefficient 0.1, a critic of its own`. */
  readonly name: string;
  readonly arm: Arm;
  /** By seed, including incomplete ones. */
  readonly runs: readonly Run[];
}

/** A step of a group. */
export interface BandStep {
  readonly step: number;
  readonly mean: number;
  /** Over the runs, with n - 1; 0 for a single run. */
  readonly sd: number;
}

/** The groups of a phase in the order of the plan. */
export function groupsOf(runs: readonly Run[], phase: PhaseName): Group[] {
  const own = runs.filter(({ summary }) => summary.phase === phase);
  const byName = Map.groupBy(own, ({ summary }) => armName(phase, summary));
  const groups = [...byName].map(([name, members]) => ({
    name: settingWords(name),
    arm: members[0]!.summary,
    runs: members.toSorted((one, other) => one.summary.seed - other.summary.seed),
  }));
  return groups.toSorted((one, other) => placeOf(one) - placeOf(other));
}

/** The runs of a group that finished all their steps. */
export function completedRuns({ runs }: Group): Run[] {
  return runs.filter(({ summary }) => summary.complete);
}

/** A number of each completed run of a group. */
export function numbersOf(group: Group, numberOf: (run: Run) => number): number[] {
  return completedRuns(group).map(numberOf);
}

/** The seeds of completed runs. */
export function seedsOf(group: Group): number[] {
  return numbersOf(group, ({ summary }) => summary.seed);
}

/** Each other group with that of the usual reward, `terminal`, to be compared; none where that is missing. */
export function againstTerminal(groups: readonly Group[]): [Group, Group][] {
  const terminal = groups.find(({ arm }) => arm.method === "terminal");
  return terminal === undefined
    ? []
    : groups.filter((group) => group !== terminal).map((group) => [group, terminal]);
}

/** Mean and spread of a column at every step, over the runs that reached it. */
export function bandOf({ runs }: Group, column: Column): BandStep[] {
  const longest = runs.toSorted((one, other) => other.steps.length - one.steps.length)[0]!;
  return longest.steps.map(({ step }, at) => {
    const { mean, sd } = estimate(valuesOf(runs.flatMap(({ steps }) => steps[at] ?? []), column));
    return { step, mean, sd: Number.isNaN(sd) ? 0 : sd };
  });
}

/** The first step whose mean reaches a level; undefined if none does. */
export function stepReaching(band: readonly BandStep[], level: number): number | undefined {
  return band.find(({ mean }) => mean >= level)?.step;
}

/** By length, then method, then beta, then coefficient. */
function placeOf({ arm: { maxNewTokens, method, beta, klCoefficient = 0 } }: Group): number {
  return maxNewTokens * 1e3 + methods.indexOf(method) * 10 + beta + klCoefficient / 1e3;
}
