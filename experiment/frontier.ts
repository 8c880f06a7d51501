/**
 * Frontier: score against KL. Methods are compared at equal KL, as the same coefficient holds back one more
 * than another. Pure.
 *
 * @module
 */

import { usualKlCoefficient } from "./arms.ts";
import { completedRuns, type Group, groupsOf, seedsOf } from "./groups.ts";
import type { Run } from "./results.ts";
import { frontierPhases } from "./second_edition.ts";
import { type Column, meanOf, valuesOf } from "./series.ts";
import { type PairedTest, pairedTest } from "./significance.ts";

/** A value at a KL, in nats per completion. */
export interface KlPoint {
  readonly kl: number;
  readonly value: number;
}

/** A stretch of KL, in nats per completion. */
export interface KlInterval {
  readonly from: number;
  readonly to: number;
}

/** Two groups compared at equal KL, over the seeds that both have. */
export interface FrontierComparison extends PairedTest {
  readonly first: string;
  readonly second: string;
  readonly seeds: readonly number[];
}

/**
 * Where methods are compared, the same for all settings so that their differences can be: every run of 32 to 128
 * tokens with a coefficient of 0.1 reaches the end of it.
 */
export const comparedKl: KlInterval = { from: 5, to: 9.5 };

/** The same twice as far, which runs with a smaller coefficient reach. */
export const furtherKl: KlInterval = { from: 10, to: 19 };

/** As in `5 to 9.5 nats`. */
export function nats({ from, to }: KlInterval): string {
  return `${from} to ${to} nats`;
}

/** Nats per completion that tuned settings may cost: what all methods reach at 64 tokens in 50 steps. */
export const klBudget = 12;

/** Values at the end of a curve that its end is the mean of. */
const endPoints = 5;

/** Values of a curve that its mean over an interval is taken of. */
const gridPoints = 16;

/** Steps before and after one over which its values are averaged, as the judge reads few samples of each. */
const halfWindow = 3;

/** The groups of every phase of the frontier with completions of so many tokens. */
export function frontierGroups(runs: readonly Run[], tokens?: number): Group[] {
  return frontierPhases.flatMap((phase) => groupsOf(runs, phase))
    .filter(({ arm }) => tokens === undefined || arm.maxNewTokens === tokens)
    .filter((group) => seedsOf(group).length > 0);
}

/** The groups of each coefficient, which are compared with each other, the usual one first. */
export function byCoefficient(groups: readonly Group[]): [number, Group[]][] {
  return [...Map.groupBy(groups, ({ arm }) => arm.klCoefficient ?? NaN)]
    .toSorted(([one], [other]) =>
      Math.abs(one - usualKlCoefficient) - Math.abs(other - usualKlCoefficient)
    );
}

/**
 * The score of each step's completions by KL, over neighbouring steps. Their prompts are trained on, which changes
 * nothing that could be seen (`unseenGaps`), and there is a point for every step; evaluations are too far apart for a
 * method whose KL grows fast.
 */
export function stepCurve({ steps }: Run): KlPoint[] {
  return smoothed(steps, "score_mean", 1);
}

/** The judge's score of the run's samples by KL, or the reward model's of the same, over neighbouring steps. */
export function judgeCurve(
  { steps }: Run,
  column: "judge_mean" | "judged_score_mean" = "judge_mean",
): KlPoint[] {
  return smoothed(steps, column, halfWindow);
}

function smoothed(steps: Run["steps"], column: Column, half: number): KlPoint[] {
  return steps.map((_, at) => {
    const near = steps.slice(Math.max(0, at - half), at + half + 1);
    return { kl: meanOf(near.map(({ kl }) => kl)), value: meanOf(valuesOf(near, column)) };
  });
}

/**
 * The value where a curve first reaches a KL; NaN if it never does. Between two of its points it is interpolated along
 * the square root of KL, with which scores grow about evenly (Gao et al., arXiv 2210.10760): a straight
 * line by KL would lie below a curve that bends.
 */
export function valueAtKl(curve: readonly KlPoint[], kl: number): number {
  const at = curve.findIndex((point) => point.kl >= kl);
  if (at < 0) return NaN;
  const [before, after] = [curve[at - 1], curve[at]!];
  if (before === undefined) return after.kl === kl ? after.value : NaN;
  const [from, here, to] = [before.kl, kl, after.kl].map((each) => Math.sqrt(Math.max(0, each)));
  const share = (here! - from!) / (to! - from!);
  return before.value + share * (after.value - before.value);
}

/**
 * What a curve has for a budget of KL: its mean over the last sixth of the budget, or its end where it does not
 * reach that. For settings whose KL differs, such as coefficients and learning rates. No best value is taken, which
 * would favour the run that has more of them.
 */
export function valueWithin(curve: readonly KlPoint[], budget = klBudget): number {
  const atBudget = meanBetween(curve, { from: budget * 5 / 6, to: budget });
  return Number.isNaN(atBudget)
    ? meanOf(curve.slice(-endPoints).map(({ value }) => value))
    : atBudget;
}

/** The mean of a curve over an interval of KL; NaN if it does not reach its end. */
export function meanBetween(curve: readonly KlPoint[], { from, to }: KlInterval): number {
  return meanOf(gridOf({ from, to }, gridPoints).map((kl) => valueAtKl(curve, kl)));
}

/** So many KLs at equal distances, from the first to the last. */
export function gridOf({ from, to }: KlInterval, points: number): number[] {
  return Array.from({ length: points }, (_, at) => from + (to - from) * at / (points - 1));
}

/** Whether every completed run of these groups reaches the end of an interval. */
export function allReach(
  groups: readonly Group[],
  { to }: KlInterval,
  curveOf: (run: Run) => readonly KlPoint[],
): boolean {
  return groups.flatMap(completedRuns).every((run) => curveOf(run).some(({ kl }) => kl >= to));
}

/**
 * Compares two groups at equal KL: by seed, the difference of their curves' means over an interval. A seed of which
 * a run does not reach the end of it is not compared.
 */
export function compareAtEqualKl(
  pair: readonly [Group, Group],
  curveOf: (run: Run) => readonly KlPoint[],
  interval: KlInterval = comparedKl,
): FrontierComparison {
  const [ours, theirs] = pair.map((group) => meansBySeed(group, interval, curveOf)) as [
    Map<number, number>,
    Map<number, number>,
  ];
  const differences = [...ours]
    .map(([seed, value]) => ({ seed, difference: value - (theirs.get(seed) ?? NaN) }))
    .filter(({ difference }) => Number.isFinite(difference));
  const values = differences.map(({ difference }) => difference);
  return {
    first: pair[0].name,
    second: pair[1].name,
    seeds: differences.map(({ seed }) => seed),
    ...pairedTest(values, values.map(() => 0)),
  };
}

/** The mean of each completed run's curve over an interval of KL. */
function meansBySeed(
  group: Group,
  interval: KlInterval,
  curveOf: (run: Run) => readonly KlPoint[],
): Map<number, number> {
  return new Map(
    completedRuns(group).map((run) => [run.summary.seed, meanBetween(curveOf(run), interval)]),
  );
}

/**
 * By how much a run's policies score higher on prompts that it was not trained on than its completions do in the two
 * steps before and after each of these evaluations.
 */
export function unseenGaps({ steps, evaluations }: Run): number[] {
  return evaluations.flatMap(({ step, eval_score_mean }) => {
    const near = steps.slice(step - 2, step + 2);
    if (step < 2 || near.length < 4) return [];
    return [eval_score_mean - meanOf(valuesOf(near, "score_mean"))];
  });
}
