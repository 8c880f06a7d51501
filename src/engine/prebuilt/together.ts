/**
 * Which texts run together through a prebuilt graph. Pure.
 *
 * @module
 */

import { chunksOf, type PaddingLimits } from "../passes/padded_feeds.ts";

/**
 * What a graph allows: texts filled up to one length, texts of one length, or one text at a time, since others
 * would change its numbers.
 */
export type Company = "padded" | "equal" | "alone";

/** Numbers of a text that a graph of others may hold at once, of which nothing is known but its sizes. */
const HELD = 2 ** 27;
/** Tokens of a run. */
const TOKENS = 2 ** 12;

/** What a run may hold. */
export function prebuiltLimits(
  { hidden, heads }: { hidden: number; heads: number },
): PaddingLimits {
  // Of one layer: states of the widest part of its feed-forward network, and some copies of all weights.
  return { perToken: 16 * hidden, perPair: 4 * heads, numbers: HELD, tokens: TOKENS };
}

/** The texts of each run, by index. */
export function runsOf(
  texts: readonly { readonly ids: Int32Array }[],
  { company, limits }: { company: Company; limits: PaddingLimits },
): number[][] {
  if (company === "alone") return texts.map((_, i) => [i]);
  const chunks = (some: readonly number[]) =>
    chunksOf(some.map((i) => ({ ids: texts[i]!.ids, pool: [] })), limits)
      .map((chunk) => chunk.map((at) => some[at]!));
  const all = [...texts.keys()];
  if (company === "padded") return chunks(all);
  return [...Map.groupBy(all, (i) => texts[i]!.ids.length).values()].flatMap(chunks);
}
