/**
 * Significance: confidence intervals and paired tests for few runs. Pure.
 *
 * @module
 */

import jStat from "jstat";

/** Student's t, the only part of the library that is used. */
const studentT: {
  cdf(t: number, degreesOfFreedom: number): number;
  inv(probability: number, degreesOfFreedom: number): number;
} = jStat.studentt;

/** The confidence level of intervals. */
const confidence = 0.95;

/** The exact test enumerates all patterns of signs, up to this many pairs. */
const maxPairs = 20;

/** A mean with its uncertainty. */
export interface Estimate {
  readonly n: number;
  readonly mean: number;
  /** With n - 1; NaN for a single value. */
  readonly sd: number;
  /** The 95 % interval of the mean by Student's t; NaN for a single value. */
  readonly low: number;
  readonly high: number;
}

/** Two samples compared pair by pair. */
export interface PairedTest {
  /** Of first minus second. */
  readonly difference: Estimate;
  /** Two-sided, of Student's t on the differences. */
  readonly tP: number;
  /** Two-sided and exact, of Wilcoxon's signed ranks; with n pairs it cannot be below 2 / 2^n. */
  readonly wilcoxonP: number;
  /** Pairs in which the first is greater. */
  readonly above: number;
}

/** The mean of values, with its interval. */
export function estimate(values: readonly number[]): Estimate {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const sd = n > 1 ? Math.sqrt(squares / (n - 1)) : NaN;
  const half = n > 1 ? studentT.inv((1 + confidence) / 2, n - 1) * sd / Math.sqrt(n) : NaN;
  return { n, mean, sd, low: mean - half, high: mean + half };
}

/**
 * Compares pairs, such as two methods with the same seed.
 *
 * @throws {RangeError} unless both have the same size
 */
export function pairedTest(first: readonly number[], second: readonly number[]): PairedTest {
  if (first.length !== second.length) {
    throw new RangeError(
      `Cannot pair as the samples differ in size: received ${first.length} and ${second.length}`,
    );
  }
  const differences = first.map((value, at) => value - second[at]!);
  const difference = estimate(differences);
  return {
    difference,
    tP: tTest(difference),
    wilcoxonP: signedRankTest(differences),
    above: differences.filter((each) => each > 0).length,
  };
}

/**
 * Holm's correction of p-values for multiple comparisons.
 *
 * @returns in the given order, each at least as large as before, at most 1; NaN stays NaN and does not count
 */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((p, at) => ({ p, at })).filter(({ p }) => !Number.isNaN(p))
    .toSorted((one, other) => one.p - other.p);
  const adjusted = ps.map(() => NaN);
  let least = 0;
  for (const [rank, { p, at }] of order.entries()) {
    least = Math.max(least, Math.min(1, p * (order.length - rank)));
    adjusted[at] = least;
  }
  return adjusted;
}

function tTest({ n, mean, sd }: Estimate): number {
  if (n < 2) return NaN;
  // Equal differences are certain, unless they are all 0.
  if (sd === 0) return mean === 0 ? 1 : 0;
  return 2 * studentT.cdf(-Math.abs(mean) / (sd / Math.sqrt(n)), n - 1);
}

/** Enumerates all patterns of signs of the differences. */
function signedRankTest(differences: readonly number[]): number {
  const ranks = signedRanks(differences.filter((each) => each !== 0));
  if (ranks.length === 0) return differences.length === 0 ? NaN : 1;
  if (ranks.length > maxPairs) return NaN;
  const observed = Math.abs(ranks.reduce((sum, rank) => sum + rank, 0));
  let asExtreme = 0;
  for (let signs = 0; signs < 2 ** ranks.length; signs++) {
    const total = ranks.reduce(
      (sum, rank, at) => sum + ((signs >> at) & 1 ? Math.abs(rank) : -Math.abs(rank)),
      0,
    );
    // Ranks are multiples of a half, so the sums are exact.
    if (Math.abs(total) >= observed) asExtreme++;
  }
  return asExtreme / 2 ** ranks.length;
}

/** Signed ranks by absolute value; ties share their mean rank. */
function signedRanks(values: readonly number[]): number[] {
  const sizes = values.map(Math.abs);
  return values.map((value, at) => {
    const smaller = sizes.filter((size) => size < sizes[at]!).length;
    const equal = sizes.filter((size) => size === sizes[at]).length;
    return Math.sign(value) * (smaller + (equal + 1) / 2);
  });
}
