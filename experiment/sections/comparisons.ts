/**
 * Comparisons of scores over training and at its end, each as a table with its results.
 *
 * @module
 */

import type { Group } from "../groups.ts";
import { comparisonTable, grouped } from "../prose.ts";
import type { Run } from "../results.ts";
import { endMean, runMean } from "../series.ts";
import { compareGroups, type Comparison } from "../statistics.ts";
import { bullets } from "./section.ts";

/** Pairs of groups, compared by their scores. */
export interface ScoreComparisons {
  readonly overTraining: readonly Comparison[];
  /** Markdown, both tables. */
  readonly lines: readonly string[];
}

/** @param where completes "score over training", as in "score over training without EOS" */
export function compareScores(
  pairs: readonly (readonly [Group, Group])[],
  where?: string,
): ScoreComparisons {
  const overTraining = compareGroups(pairs, (run: Run) => runMean(run, "score_mean"));
  const atTheEnd = compareGroups(pairs, (run: Run) => endMean(run, "score_mean", "last"));
  const what = ["score over training", ...where === undefined ? [] : [where]].join(" ");
  return {
    overTraining,
    lines: [
      "Over training:",
      "",
      ...comparisonTable(overTraining),
      ...bullets(grouped(overTraining, what)),
      "Over the last ten steps:",
      "",
      ...comparisonTable(atTheEnd),
      ...bullets(grouped(atTheEnd, "score at the end")),
    ],
  };
}
