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

/** As in `6.6 MB`, in powers of 1,000. */
export function bytes(count: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let [size, unit] = [count, 0];
  for (; size >= 1_000 && unit < units.length - 1; unit++) size /= 1_000;
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}

/** Lines of two columns. */
export function table(rows: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}
