/**
 * Number formats of the report. A number that is not known is a dash.
 *
 * @module
 */

/** Replaces a number that is not known. */
export const nothing = "\u2013";

/** The typographic minus sign, as wide as a plus. */
const minus = "\u2212";

/** Three significant digits, and all before the decimal point: `0.0214`, `12.3`, `8,120`. */
export function compact(value: number): string {
  if (!Number.isFinite(value)) return nothing;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return scientific(value);
  const text = size.toLocaleString(
    "en-US",
    size < 100 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 },
  );
  return value < 0 ? minus + text : text;
}

/** {@linkcode compact} with a sign: `+2.43`; zero has none. */
export function signed(value: number): string {
  return value > 0 ? `+${compact(value)}` : compact(value);
}

/** For the ticks of an axis, without trailing zeros: `0.5`, `1e−4`. */
export function tick(value: number): string {
  const rounded = Number(value.toPrecision(6));
  const size = Math.abs(rounded);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return scientific(rounded);
  return rounded.toLocaleString("en-US", { maximumFractionDigits: 6 }).replace("-", minus);
}

/** As in `40 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return nothing;
  if (seconds < 10) return `${compact(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A count with its noun, as in `1 step`, `2,000 steps`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

function scientific(value: number): string {
  return Number(value.toPrecision(3)).toExponential().replaceAll("-", minus).replace("+", "");
}
