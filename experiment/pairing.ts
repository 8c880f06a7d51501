/**
 * Pairing: checks that runs of a seed start with the same texts, as a paired comparison requires. Pure.
 *
 * @module
 */

import { completedRuns, type Group } from "./groups.ts";
import type { Run } from "./results.ts";

/** A group, and its seeds whose runs start with other texts than most runs of the seed. */
export interface Mismatch {
  readonly name: string;
  readonly seeds: readonly number[];
}

/**
 * The groups with other random numbers than most. The first step is sampled before any update, so runs of a
 * seed that differ only in credit have the same texts there; lengths and the spread of scores show whether
 * they do.
 *
 * @param groups of completions of one length
 */
export function mismatchesOf(groups: readonly Group[]): Mismatch[] {
  // With other numbers of completions per prompt fewer prompts are drawn; such groups are not compared.
  const alike = Map.groupBy(groups, ({ arm }) => arm.flags?.["completions-per-prompt"] ?? 1);
  return [...alike.values()].flatMap(mismatchesAmong);
}

function mismatchesAmong(groups: readonly Group[]): Mismatch[] {
  const usual = new Map(
    [...Map.groupBy(groups.flatMap(completedRuns), ({ summary }) => summary.seed)]
      .map(([seed, runs]) => [seed, mostCommon(runs.map(firstTexts))]),
  );
  return groups.map((group) => ({
    name: group.name,
    seeds: completedRuns(group).filter((run) => firstTexts(run) !== usual.get(run.summary.seed))
      .map(({ summary }) => summary.seed),
  })).filter(({ seeds }) => seeds.length > 0);
}

/** Statistics of the first step's texts, at a precision on which devices agree. */
function firstTexts({ steps: [first] }: Run): string {
  return [first?.length_mean, first?.score_std].map((value) => value?.toPrecision(3)).join(" ");
}

/** The first one if several are. */
function mostCommon(words: readonly string[]): string | undefined {
  const counts = [...Map.groupBy(words, (word) => word)];
  return counts.toSorted(([, one], [, other]) => other.length - one.length)[0]?.[0];
}
