/**
 * Totals: what a run has counted, over interruptions, and what the last line says of it.
 *
 * @module
 */

import { grouped } from "../figures.ts";
import type { RowResult } from "./result.ts";

/** The totals of a run, including those before an interruption. */
export interface Totals {
  readonly rows: number;
  readonly errors: number;
  readonly tokens: number;
  /** Rows with a chosen and a rejected answer, and those in which the chosen one scored higher. */
  readonly pairs: number;
  readonly accurate: number;
  /** The sum of all pairs' margins. */
  readonly margin: number;
  /** The first error, for the summary. */
  readonly firstError?: string;
}

/** Those of a run that has not begun. */
export const noTotals: Totals = {
  rows: 0,
  errors: 0,
  tokens: 0,
  pairs: 0,
  accurate: 0,
  margin: 0,
};

/** The totals with a chunk's results. */
export function withResults(
  totals: Totals,
  { results, tokens }: { readonly results: readonly RowResult[]; readonly tokens: number },
): Totals {
  const errors = results.flatMap(({ error }) => error ?? []);
  const margins = results.flatMap(({ margin }) => margin ?? []);
  const firstError = totals.firstError ?? errors[0]?.message;
  return {
    rows: totals.rows + results.length,
    errors: totals.errors + errors.length,
    tokens: totals.tokens + tokens,
    pairs: totals.pairs + margins.length,
    accurate: totals.accurate + margins.filter((margin) => margin > 0).length,
    margin: margins.reduce((sum, margin) => sum + margin, totals.margin),
    ...(firstError === undefined ? {} : { firstError }),
  };
}

/** The totals as a journal keeps them beside its lines, which are the rows. */
export function countsOf({ rows: _, firstError: __, ...counts }: Totals): Record<string, number> {
  return counts;
}

/** The totals of an interrupted run. */
export function totalsOf(
  { lines, counts }: { readonly lines: number; readonly counts: Readonly<Record<string, number>> },
): Totals {
  return { ...noTotals, ...counts, rows: lines };
}

/** As in `preferences: accuracy 0.733 (11 of 15 pairs), mean margin 1.204`. */
export function preferenceLine({ pairs, accurate, margin }: Totals): string {
  const [accuracy, mean] = [accurate / pairs, margin / pairs];
  return `preferences: accuracy ${accuracy.toFixed(3)} (${grouped(accurate)} of ${
    grouped(pairs)
  } pairs), mean margin ${mean.toFixed(3)}`;
}

/** Exit codes of a whole run: some rows failed, or all. */
const failureCodes = { some: 2, all: 3 } as const;

/** 0 where every row was scored, 2 where some have an error, 3 where all have. */
export function exitCodeOf({ rows, errors }: Totals): number {
  if (errors === 0) return 0;
  return errors < rows ? failureCodes.some : failureCodes.all;
}
