/**
 * Whitening: a batch brought to one scale.
 *
 * @module
 */

import type { Rows } from "./rows.ts";
import { mean, variance } from "./statistics.ts";

/** Keeps a batch of equal entries from a division by 0; added to the variance, not to its root. */
const EPSILON = 1e-8;

/**
 * Whitens over all entries of a batch: unit variance, and mean 0 unless the mean is to stay,
 *
 *     shifted      (entry - mean) / sqrt(variance + 1e-8)
 *     not shifted  (entry - mean) / sqrt(variance + 1e-8) + mean
 *
 * Advantages are shifted and rewards are not, as told by Huang et al., "The N Implementation Details of
 * RLHF with PPO" (2023): a shift of rewards would pay or fine every token alike, and so the length.
 *
 * The variance is the unbiased one, as in `masked_whiten` of TRL 0.7.4; OpenAI's lm-human-preferences
 * takes the biased one, which for n entries gives numbers larger by sqrt(n / (n - 1)).
 *
 * Equal entries, and a single one, become 0 if shifted and stay as they are otherwise.
 *
 * @returns new rows of the same lengths
 * @throws {RangeError} if there are no entries
 */
export function whiten(
  rows: Rows,
  { shiftMean = true }: { readonly shiftMean?: boolean } = {},
): Float64Array[] {
  const center = mean(rows);
  const scale = 1 / Math.sqrt(variance(rows) + EPSILON);
  const base = shiftMean ? 0 : center;
  return rows.map((row) => row.map((entry) => (entry - center) * scale + base));
}
