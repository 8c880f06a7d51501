/**
 * Frontier: score against KL. Methods are compared at equal KL, as the same coefficient holds back one more
 * than another. Pure.
 *
 * @module
 */

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

/** Two methods compared at equal KL, over the seeds that both have. */
export interface FrontierComparison extends PairedTest {
  readonly first: string;
  readonly second: string;
  readonly seeds: readonly number[];
}

/** Methods are compared from this share of the largest common KL to that. */
const [compareFrom, compareTo] = [0.5, 0.95];

/** Nats per completion that tuned settings may cost: what all methods reach at 64 tokens in 50 steps. */
export const klBudget = 12;

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

/** The score on prompts that the run was not trained on, by KL. */
export function scoreCurve({ evaluations }: Run): KlPoint[] {
  return evaluations.map(({ eval_kl, eval_score_mean }) => ({
    kl: eval_kl,
    value: eval_score_mean,
  }));
}

/**
 * The score of each step's completions by KL, over neighbouring steps. Their prompts are trained on, but there is a
 * point for every step, where evaluations are too far apart for a method whose KL grows fast.
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
 * The best value of a curve that does not cost more than a budget of KL: for settings whose KL differs, such as
 * coefficients and learning rates.
 */
export function bestWithin(curve: readonly KlPoint[], budget = klBudget): number {
  const within = curve.filter(({ kl }) => kl <= budget).map(({ value }) => value);
  const atBudget = valueAtKl(curve, budget);
  return Math.max(...within, ...Number.isNaN(atBudget) ? [] : [atBudget]);
}

/** The mean of a curve over an interval of KL; NaN if it does not reach its end. */
export function meanBetween(curve: readonly KlPoint[], { from, to }: KlInterval): number {
  return meanOf(gridOf({ from, to }, gridPoints).map((kl) => valueAtKl(curve, kl)));
}

/** So many KLs at equal distances, from the first to the last. */
export function gridOf({ from, to }: KlInterval, points: number): number[] {
  return Array.from({ length: points }, (_, at) => from + (to - from) * at / (points - 1));
}

/**
 * The upper half of the KL that every completed run of these groups reaches: there, what was learned differs
 * more than what was drawn.
 */
export function commonInterval(
  groups: readonly Group[],
  curveOf: (run: Run) => readonly KlPoint[],
): KlInterval {
  const furthest = groups.flatMap(completedRuns).map((run) =>
    Math.max(...curveOf(run).map(({ kl }) => kl))
  );
  const common = Math.min(...furthest);
  return { from: compareFrom * common, to: compareTo * common };
}

/**
 * Compares two methods at equal KL: by seed, the difference of their curves' means over the KL that all methods
 * of a coefficient reach, averaged over the coefficients for which both have the seed.
 *
 * @param groups of completions of one length
 */
export function compareAtEqualKl(
  groups: readonly Group[],
  [first, second]: readonly [string, string],
  curveOf: (run: Run) => readonly KlPoint[],
): FrontierComparison {
  const differences = [...Map.groupBy(groups, ({ arm }) => arm.klCoefficient).values()]
    .flatMap((own) => differencesOf(own, [first, second], curveOf));
  const bySeed = [...Map.groupBy(differences, ({ seed }) => seed)]
    .toSorted(([one], [other]) => one - other);
  const means = bySeed.map(([, own]) => meanOf(own.map(({ difference }) => difference)));
  const seeds = bySeed.map(([seed]) => seed);
  return { first, second, seeds, ...pairedTest(means, means.map(() => 0)) };
}

/** Compares two groups by seed at the KL that all runs of both reach. */
export function compareGroupsAtEqualKl(
  pair: readonly [Group, Group],
  curveOf: (run: Run) => readonly KlPoint[],
): FrontierComparison {
  const interval = commonInterval(pair, curveOf);
  const [ours, theirs] = pair.map((group) => meansBySeed(group, interval, curveOf)) as [
    Map<number, number>,
    Map<number, number>,
  ];
  const differences = differencesBySeed(ours, theirs);
  const means = differences.map(({ difference }) => difference);
  return {
    first: pair[0].name,
    second: pair[1].name,
    seeds: differences.map(({ seed }) => seed),
    ...pairedTest(means, means.map(() => 0)),
  };
}

/** Of one coefficient: what separates two methods, by seed. */
function differencesOf(
  groups: readonly Group[],
  [first, second]: readonly [string, string],
  curveOf: (run: Run) => readonly KlPoint[],
): { seed: number; difference: number }[] {
  const interval = commonInterval(groups, curveOf);
  const [ours, theirs] = [first, second].map((method) =>
    new Map(
      groups.filter(({ arm }) => arm.method === method)
        .flatMap((group) => [...meansBySeed(group, interval, curveOf)]),
    )
  ) as [Map<number, number>, Map<number, number>];
  return differencesBySeed(ours, theirs);
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

function differencesBySeed(
  ours: ReadonlyMap<number, number>,
  theirs: ReadonlyMap<number, number>,
): { seed: number; difference: number }[] {
  return [...ours].map(([seed, value]) => ({
    seed,
    difference: value - (theirs.get(seed) ?? NaN),
  })).filter(({ difference }) => Number.isFinite(difference));
}
