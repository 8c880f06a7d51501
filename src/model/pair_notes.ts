/**
 * What is said of a model that reads pairs because nobody said otherwise.
 *
 * @module
 */

import type { Architecture } from "../architectures/architecture.ts";

/**
 * A line for an encoder of several labels that is not told how it was trained. Rerankers and reward models,
 * which read pairs, have one label; models of sentiment and toxicity have several, and read single texts:
 * as a pair such a text has another score, which nothing would give away.
 *
 * @param pair what the user says, if anything
 */
export function pairNotes(
  { input, head: { labels } }: Pick<Architecture, "input"> & {
    readonly head: Pick<Architecture["head"], "labels">;
  },
  pair: boolean | undefined,
): string[] {
  if (pair !== undefined || input !== "pair" || labels.length === 1) return [];
  return [
    `prompt and completion are read as a pair of texts: a classifier of single texts, as many with ` +
    `${labels.length} labels are, needs --no-pair, and --pair leaves this line out`,
  ];
}
