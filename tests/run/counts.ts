/**
 * Counts: what the last line of `deno test` says.
 *
 * @module
 */

/** How many tests did what. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Reads the closing line, as in `ok | 12 passed (3 steps) | 0 failed | 1 ignored (2s)`; undefined
 * where there is none, as when a file does not compile.
 */
export function countsOf(output: string): Counts | undefined {
  const lines = output.split("\n").map((line) => line.trim());
  const closing = lines.findLast((line) => /^(ok|FAILED) \| \d+ passed/.test(line));
  if (closing === undefined) return undefined;
  const count = (what: string) => Number(new RegExp(`(\\d+) ${what}`).exec(closing)?.[1] ?? 0);
  return { passed: count("passed"), failed: count("failed"), skipped: count("ignored") };
}

/** The line that closes a run. A run that failed says so even where no test is to blame. */
export function closingLine(
  counts: Counts | undefined,
  { succeeded }: { readonly succeeded: boolean },
): string {
  const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: 0 };
  const blamed = succeeded && counts !== undefined ? failed : Math.max(1, failed);
  return `${passed} passed, ${blamed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** The counts of several runs; undefined where one of them has none. */
export function sumOf(all: readonly (Counts | undefined)[]): Counts | undefined {
  return all.reduce((sum, counts) =>
    sum && counts && {
      passed: sum.passed + counts.passed,
      failed: sum.failed + counts.failed,
      skipped: sum.skipped + counts.skipped,
    }
  );
}
