/**
 * Statistics: comparisons of arms, collapsed runs, and scores by KL. Pure.
 *
 * @module
 */

import { type Group, seedsOf } from "./groups.ts";
import type { Run } from "./results.ts";
import { endMean, meanOf, valuesOf } from "./series.ts";
import { holm, type PairedTest, pairedTest } from "./significance.ts";

/** Two groups compared over their common seeds. */
export interface Comparison extends PairedTest {
  readonly first: string;
  readonly second: string;
  readonly seeds: readonly number[];
  /** {@linkcode PairedTest.tP} with Holm's correction for the comparisons made together. */
  readonly holmP: number;
}

/** An interval of KL, and the scores of the steps in it. */
export interface KlBand {
  readonly from: number;
  readonly to: number;
  /** Per group: the mean score and the number of steps; NaN without steps. */
  readonly scores: readonly { readonly mean: number; readonly steps: number }[];
}

/**
 * Compares groups by one number per run, paired by seed, over runs completed in both.
 *
 * @param pairs the groups to compare; Holm's correction is over these
 */
export function compareGroups(
  pairs: readonly (readonly [Group, Group])[],
  numberOf: (run: Run) => number,
): Comparison[] {
  const tests = pairs.map(([first, second]) => {
    const seeds = seedsOf(first).filter((seed) => seedsOf(second).includes(seed));
    const [ours, theirs] = [first, second].map((group) =>
      group.runs.filter(({ summary }) => summary.complete && seeds.includes(summary.seed))
        .map(numberOf)
    ) as [number[], number[]];
    return { first: first.name, second: second.name, seeds, ...pairedTest(ours, theirs) };
  });
  const corrected = holm(tests.map(({ tP }) => tP));
  return tests.map((test, at) => ({ ...test, holmP: corrected[at]! }));
}

/** Why a run counts as collapsed; undefined if it does not. */
export function collapseOf(run: Run): "broke off" | "negative KL" | "below its start" | undefined {
  if (!run.summary.complete) return "broke off";
  if (endMean(run, "kl", "last") < 0) return "negative KL";
  const rise = endMean(run, "score_mean", "last") - endMean(run, "score_mean", "first");
  return rise < 0 ? "below its start" : undefined;
}

/** Scores by KL: the steps of all runs, in intervals of KL. Steps of negative KL are left out. */
export function scoresByKl(groups: readonly Group[], stretches = 8): KlBand[] {
  const steps = groups.map(({ runs }) => runs.flatMap((run) => run.steps));
  const most = Math.max(...valuesOf(steps.flat(), "kl"));
  if (!(most > 0)) return [];
  const width = niceWidth(most / stretches);
  return Array.from({ length: Math.ceil(most / width) }, (_, at) => {
    const [from, to] = [at * width, (at + 1) * width];
    const scores = steps.map((own) => {
      const within = own.filter(({ kl }) => kl >= from && kl < to);
      return { mean: meanOf(valuesOf(within, "score_mean")), steps: within.length };
    });
    return { from, to, scores };
  });
}

/** The next 1, 2 or 5 times a power of ten. */
function niceWidth(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= atLeast * (1 - 1e-9)) ?? 10);
}
