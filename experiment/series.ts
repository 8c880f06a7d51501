/**
 * Series: statistics of one run's steps. Pure.
 *
 * @module
 */

import type { MetricName } from "../src/ppo/run/metrics.ts";
import type { Run } from "./results.ts";
import type { JudgedStep } from "./work.ts";

/** A column of the metrics, including the judge's. */
export type Column = MetricName | "judge_mean" | "judged_score_mean";

/** Steps that count as the start of a run, and as its end. */
export const endSteps = 10;

/** The mean of a column over all steps of a run, as in the paper. */
export function runMean({ steps }: Run, column: Column): number {
  return meanOf(valuesOf(steps, column));
}

/** The mean of a column over the first ten steps, or the last. */
export function endMean({ steps }: Run, column: Column, end: "first" | "last"): number {
  const own = end === "first" ? steps.slice(0, endSteps) : steps.slice(-endSteps);
  return meanOf(valuesOf(own, column));
}

/**
 * The score at a given KL: the mean score of the first step whose KL reaches `kl` and of its neighbours. NaN
 * if it is never reached.
 */
export function scoreAtKl({ steps }: Run, kl: number): number {
  const at = steps.findIndex((step) => step.kl >= kl);
  if (at < 0) return NaN;
  return meanOf(valuesOf(steps.slice(Math.max(0, at - 1), at + 2), "score_mean"));
}

/** The values of a column, without missing ones. */
export function valuesOf(steps: readonly JudgedStep[], column: Column): number[] {
  return steps.map((step) => step[column]).filter((value) =>
    value !== null && Number.isFinite(value)
  ) as number[];
}

/** The mean; NaN of nothing. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
