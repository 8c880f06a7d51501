/**
 * Series: one run's steps as numbers. Pure.
 *
 * @module
 */

import type { MetricName } from "../src/ppo/run/metrics.ts";
import type { Run } from "./results.ts";
import type { JudgedStep } from "./work.ts";

/** A column of the metrics, what the judge adds included. */
export type Column = MetricName | "judge_mean" | "judged_score_mean";

/** How many steps count as the beginning of a run, and as its end. */
export const endSteps = 10;

/** What a run's whole training came to: the mean of a column over all steps, as in the paper. */
export function runMean({ steps }: Run, column: Column): number {
  return meanOf(valuesOf(steps, column));
}

/** The mean of a column over the first ten steps, or the last. */
export function endMean({ steps }: Run, column: Column, end: "first" | "last"): number {
  const own = end === "first" ? steps.slice(0, endSteps) : steps.slice(-endSteps);
  return meanOf(valuesOf(own, column));
}

/**
 * The score at which a run is when it has gone so far from its start: the mean score of the step whose
 * KL first reaches `kl`, and of its neighbours. NaN where it never does.
 */
export function scoreAtKl({ steps }: Run, kl: number): number {
  const at = steps.findIndex((step) => step.kl >= kl);
  if (at < 0) return NaN;
  return meanOf(valuesOf(steps.slice(Math.max(0, at - 1), at + 2), "score_mean"));
}

/** The values of a column, without those that are missing. */
export function valuesOf(steps: readonly JudgedStep[], column: Column): number[] {
  return steps.map((step) => step[column]).filter((value) =>
    value !== null && Number.isFinite(value)
  ) as number[];
}

/** The mean; NaN of nothing. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
