/**
 * Figures: counts, durations and tables for readers.
 *
 * @module
 */

/** As in `3.3 M`; counts below 10,000 have all digits. */
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

/** A count or a rate with thousands separated; small rates have a decimal. */
export function grouped(count: number): string {
  const digits = count < 10 && !Number.isInteger(count) ? 1 : 0;
  return count.toLocaleString("en-US", { maximumFractionDigits: digits });
}

/** As in `40 s`, `3 min`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.ceil(Math.max(0, seconds));
  if (whole < 120) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 120) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
