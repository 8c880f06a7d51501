/**
 * Statistics over all tokens of a batch. Every token counts alike, so a long completion weighs more than
 * a short one; where completions are to count alike, take {@linkcode rowSums} first.
 *
 * @module
 */

import { commonLength, type Rows } from "./rows.ts";

/**
 * The mean over all entries; exactly their value if all are equal.
 *
 * @throws {RangeError} if there are no entries, for which no number would be true
 */
export function mean(rows: Rows): number {
  const first = rows.find(({ length }) => length > 0)?.[0];
  if (first === undefined) throw new RangeError("Cannot take a mean of no entries");
  // Relative to one entry, so that equal entries leave no rounding behind for whitening to blow up.
  return first + sumOf(rows, (entry) => entry - first) / count(rows);
}

/**
 * The unbiased variance over all entries (the sum of squares over their number less 1); 0 of one entry.
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
 * The part of the returns' variance that the critic foresaw,
 *
 *     1 - variance(returns - values) / variance(returns)
 *
 * 1 is perfect, 0 no better than a constant, below 0 worse than one. Where all returns are equal there is
 * nothing to explain and the ratio is undefined; the answer is then 0, not NaN, so that a metric stays a
 * number: a critic is given no credit for what needs none.
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

/** The sum of each row; 0 of an empty one. A new array with one entry per completion. */
export function rowSums(rows: Rows): Float64Array {
  return Float64Array.from(rows, (row) => row.reduce((sum, entry) => sum + entry, 0)); // [rows]
}

/** How many entries there are. */
export function count(rows: Rows): number {
  return rows.reduce((total, { length }) => total + length, 0);
}

function difference(returns: Float64Array, values: Float64Array): Float64Array {
  commonLength("explain variance", { values, returns });
  return returns.map((entry, t) => entry - values[t]!);
}

/** From the first entry to the last, so that the same batch gives the same bits. */
function sumOf(rows: Rows, term: (entry: number) => number): number {
  let sum = 0;
  for (const row of rows) {
    for (const entry of row) sum += term(entry);
  }
  return sum;
}
