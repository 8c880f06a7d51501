/**
 * Collapses: which runs went wrong, in the words of the write-up.
 *
 * @module
 */

import { compact } from "../../src/ppo/report/figures.ts";
import type { Group } from "../groups.ts";
import { listed } from "../prose.ts";
import type { Run } from "../results.ts";
import { endMean } from "../series.ts";
import { collapseOf } from "../statistics.ts";

/** What a collapse is taken to be: the words for {@linkcode collapseOf}. */
export const collapseMeaning = [
  "A run counts as collapsed if it broke off, if its KL over the last ten steps is below 0 on average,",
  "or if its score over the last ten steps is below that over the first ten.",
];

/** As in `1 of 10 (negative KL)`. */
export function collapseCell({ runs }: Group): string {
  const reasons = runs.flatMap((run) => collapseOf(run) ?? []);
  const why = reasons.length === 0 ? "" : ` (${listed([...new Set(reasons)])})`;
  return `${reasons.length} of ${runs.length}${why}`;
}

/** A sentence for each group in which runs collapsed, by seed and with their KL at the end. */
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
