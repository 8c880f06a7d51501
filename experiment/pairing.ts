/**
 * Pairing: whether the runs of a seed really began alike, as it must be for them to be a pair. Pure.
 *
 * @module
 */

import type { Group } from "./groups.ts";
import type { Run } from "./results.ts";

/** A group, and its seeds whose runs began with other texts than most runs of the seed. */
export interface Stray {
  readonly name: string;
  readonly seeds: readonly number[];
}

/**
 * The groups that were given other random numbers than most. Nothing is learned before the first step
 * has been sampled, so runs of a seed that differ in their credit alone write the same texts there; the
 * lengths and the spread of the scores tell whether they did.
 *
 * @param groups of completions of one length
 */
export function straysOf(groups: readonly Group[]): Stray[] {
  const usual = new Map(
    [...Map.groupBy(groups.flatMap(completed), ({ summary }) => summary.seed)]
      .map(([seed, runs]) => [seed, mostCommon(runs.map(firstTexts))]),
  );
  return groups.map((group) => ({
    name: group.name,
    seeds: completed(group).filter((run) => firstTexts(run) !== usual.get(run.summary.seed))
      .map(({ summary }) => summary.seed),
  })).filter(({ seeds }) => seeds.length > 0);
}

function completed(group: Group): Run[] {
  return group.runs.filter(({ summary }) => summary.complete);
}

/** What is known of the texts of the first step, as far as two devices round it alike. */
function firstTexts({ steps: [first] }: Run): string {
  return [first?.length_mean, first?.score_std].map((value) => value?.toPrecision(3)).join(" ");
}

/** The first of them where several are. */
function mostCommon(words: readonly string[]): string | undefined {
  const counts = [...Map.groupBy(words, (word) => word)];
  return counts.toSorted(([, one], [, other]) => other.length - one.length)[0]?.[0];
}
