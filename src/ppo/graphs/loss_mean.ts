/**
 * The mean of a loss: how the losses of tokens become one number, as the weight of each.
 *
 * @module
 */

import type { Sequence } from "./batch_feeds.ts";
import { responseLength } from "./sampler_feeds.ts";

/**
 * How the losses of tokens become one.
 *
 *     token     the mean over all tokens; a long completion weighs more (DAPO, arXiv 2503.14476, equation 12)
 *     sequence  the mean over completions of the mean over their tokens (GRPO, arXiv 2402.03300, equation 3)
 *     constant  the sum over tokens, divided by completions times the longest length that is allowed
 *               (Dr. GRPO, arXiv 2503.20783): a token weighs the same whatever text it is part of
 */
export const lossMeans = ["token", "sequence", "constant"] as const;

/** One of {@linkcode lossMeans}. */
export type LossMean = typeof lossMeans[number];

/** The weight of each response token in the loss, a row per sequence. */
export function weightRows(
  sequences: readonly Sequence[],
  { mean, longest }: { readonly mean: LossMean; readonly longest: number },
): Float64Array[] {
  const lengths = sequences.map(responseLength);
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const divisors: Readonly<Record<LossMean, (length: number) => number>> = {
    token: () => tokens,
    sequence: (length) => sequences.length * length,
    constant: () => sequences.length * longest,
  };
  return lengths.map((length) => new Float64Array(length).fill(1 / divisors[mean](length)));
}
