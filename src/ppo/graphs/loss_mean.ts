/**
 * The mean of a loss: how the losses of tokens become one number, as the weight of each.
 *
 * @module
 */

import type { Feed } from "../../engine/runtime.ts";
import { rowFeed, type Sequence, shareFeed } from "./batch_feeds.ts";
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

/** The weight of each response token in the loss. */
export function weightFeed(
  sequences: readonly Sequence[],
  { mean, longest }: { readonly mean: LossMean; readonly longest: number },
): Feed {
  if (mean === "token") return shareFeed(sequences);
  const weights = sequences.map((sequence) => {
    const length = responseLength(sequence);
    const tokens = mean === "sequence" ? length : longest;
    return new Float64Array(length).fill(1 / (sequences.length * tokens));
  });
  return rowFeed(weights);
}
