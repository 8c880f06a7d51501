/**
 * Marked tokens: how well the rewards of a completion tell the tokens of marked ranges from the others. Pure.
 *
 * @module
 */

import type { ScoredCompletion } from "../../../src/scorer/scored.ts";
import type { Span } from "../../../src/text/encoding.ts";
import { averagePrecision } from "./ranking.ts";

type Credited = Pick<ScoredCompletion, "rewards" | "offsets">;

/** What the tokens of a range of characters are paid. */
export function paidWithin({ rewards, offsets = [] }: Credited, range: Span): number {
  return offsets.reduce(
    (sum, place, token) => sum + (isWithin(place, range) ? rewards[token]! : 0),
    0,
  );
}

/** The average precision of the marked tokens in the order of their rewards in the sign's direction. */
export function precisionOf(
  { rewards, offsets = [] }: Credited,
  { marks, sign }: { marks: readonly Span[]; sign: number },
): number {
  return averagePrecision(
    Array.from(rewards, (reward) => sign * reward),
    offsets.map((place) => marks.some((range) => isWithin(place, range))),
  );
}

/** The mean average precision of the orders that tokens can have: that of all of them in one tie. */
export function chanceOf(
  { offsets = [] }: Pick<Credited, "offsets">,
  marks: readonly Span[],
): number {
  const rewards = new Float64Array(offsets.length);
  return precisionOf({ rewards, offsets }, { marks, sign: 1 });
}

/** A token is of the range that its last character is in. */
function isWithin([, end]: Span, [from, to]: Span): boolean {
  return end > from && end <= to;
}
