/**
 * Collapses: sentences about runs that collapsed.
 *
 * @module
 */

import { compact } from "../../src/ppo/report/figures.ts";
import type { Group } from "../groups.ts";
import { listed } from "../prose.ts";
import type { Run } from "../results.ts";
import { endMean } from "../series.ts";
import { collapseOf } from "../statistics.ts";

/** The definition of {@linkcode collapseOf}, for the write-up. */
export const collapseMeaning = [
  "A run counts as collapsed if it was not completed, if its mean KL over the last ten steps is below 0,",
  "or if its mean score over the last ten steps is below that over the first ten.",
];

/** As in `1 of 10 (negative KL)`. */
export function collapseCell({ runs }: Group): string {
  const reasons = runs.flatMap((run) => collapseOf(run) ?? []);
  const why = reasons.length === 0 ? "" : ` (${listed([...new Set(reasons)])})`;
  return `${reasons.length} of ${runs.length}${why}`;
}

/** A sentence for each group with collapsed runs, with their seeds and their KL at the end. */
export function collapseSentences(groups: readonly Group[]): string[] {
  return groups.flatMap(({ name, runs }) => {
    const gone = runs.filter((run) => collapseOf(run) !== undefined);
    if (gone.length === 0) return [];
    const cases = listed(gone.map(caseOf));
    return [`Of \`${name}\` ${gone.length} of ${runs.length} runs collapsed: ${cases}.`];
  });
}

function caseOf(run: Run): string {
  const kl = compact(endMean(run, "kl", "last"));
  return `seed ${run.summary.seed} (${collapseOf(run)}, KL at the end ${kl})`;
}
