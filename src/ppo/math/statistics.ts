/**
 * Statistics over all tokens of a batch. Every token counts the same, so a long completion weighs more
 * than a short one; to weigh completions equally, apply {@linkcode rowSums} first.
 *
 * @module
 */

import { commonLength, count, type Rows } from "./rows.ts";

/**
 * The mean of all entries; exact if all are equal.
 *
 * @throws {RangeError} if there are no entries
 */
export function mean(rows: Rows): number {
  const first = rows.find(({ length }) => length > 0)?.[0];
  if (first === undefined) throw new RangeError("Cannot take a mean of no entries");
  // Relative to one entry: otherwise rounding errors of equal entries would be amplified by whitening.
  return first + sumOf(rows, (entry) => entry - first) / count(rows);
}

/**
 * The unbiased variance of all entries (sum of squares / (count - 1)); 0 for a single entry.
 *
 * @throws {RangeError} if there are no entries
 */
export function variance(rows: Rows): number {
  const center = mean(rows);
  return sumOf(rows, (entry) => (entry - center) ** 2) / Math.max(1, count(rows) - 1);
}

/**
 * The square root of the unbiased {@linkcode variance}.
 *
 * @throws {RangeError} if there are no entries
 */
export function standardDeviation(rows: Rows): number {
  return Math.sqrt(variance(rows));
}

/**
 * The share of the returns' variance that the critic explains,
 *
 *     1 - variance(returns - values) / variance(returns)
 *
 * 1 is perfect, 0 no better than a constant, below 0 worse than a constant. If all returns are equal the
 * ratio is undefined; the result is then 0 instead of NaN.
 *
 * @throws {RangeError} if there are no entries or the rows differ in number or length
 */
export function explainedVariance(
  { values, returns }: { readonly values: Rows; readonly returns: Rows },
): number {
  commonLength("explain variance", { values, returns });
  const whole = variance(returns);
  const errors = returns.map((row, i) => difference(row, values[i]!));
  return whole === 0 ? 0 : 1 - variance(errors) / whole;
}

/** Added to the variance before the square root, so that equal entries do not divide by 0. */
const EPSILON = 1e-8;

/**
 * Whitens all entries of a batch: unit variance, and mean 0 unless `shiftMean` is false,
 *
 *     shifted      (entry - mean) / sqrt(variance + 1e-8)
 *     not shifted  (entry - mean) / sqrt(variance + 1e-8) + mean
 *
 * Advantages are shifted and rewards are not, as in Huang et al., "The N Implementation Details of RLHF
 * with PPO" (2023): shifting rewards would pay every token alike, and so reward or punish length.
 *
 * The variance is the unbiased one, as in `masked_whiten` of TRL 0.7.4; OpenAI's lm-human-preferences
 * uses the biased one, which for n entries gives numbers larger by sqrt(n / (n - 1)).
 *
 * Equal entries, and a single one, become 0 if shifted and are unchanged otherwise.
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

function difference(returns: Float64Array, values: Float64Array): Float64Array {
  commonLength("explain variance", { values, returns });
  return returns.map((entry, t) => entry - values[t]!);
}

/** In the order of the entries, so that the same batch gives the same bits. */
function sumOf(rows: Rows, term: (entry: number) => number): number {
  let sum = 0;
  for (const row of rows) {
    for (const entry of row) sum += term(entry);
  }
  return sum;
}
