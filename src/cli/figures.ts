/**
 * Figures: counts, sizes and tables as a person reads them.
 *
 * @module
 */

/** As in `3.3 M`; small counts are written out. */
export function countParameters(count: number): string {
  if (count < 10_000) return count.toLocaleString("en-US");
  if (count < 1e6) return `${(count / 1e3).toFixed(1)} k`;
  if (count < 1e9) return `${(count / 1e6).toFixed(1)} M`;
  return `${(count / 1e9).toFixed(1)} B`;
}

/** Lines of two columns. */
export function table(rows: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}
