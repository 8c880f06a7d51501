/**
 * Days, times of day and instants as ISO 8601, with all the digits of their unit.
 *
 * @module
 */

/** Parquet's units of time. */
export type Unit = "MILLIS" | "MICROS" | "NANOS";

const digits: Readonly<Record<Unit, number>> = { MILLIS: 3, MICROS: 6, NANOS: 9 };

const dayMs = 86_400_000;

/** As in `2026-01-02`. @param days since 1970-01-01 */
export function dateText(days: number): string {
  return isoOf(days * dayMs).replace(/T.*/, "");
}

/** As in `03:04:05.678901`. @param count units since midnight */
export function timeText(count: bigint, unit: Unit): string {
  return instantText(count, unit).replace(/.*T/, "");
}

/** As in `2026-01-02T03:04:05.678901`, without a zone. @param count units since 1970-01-01 */
export function instantText(count: bigint, unit: Unit): string {
  const perSecond = 10n ** BigInt(digits[unit]);
  const fraction = ((count % perSecond) + perSecond) % perSecond;
  const seconds = Number((count - fraction) / perSecond);
  const whole = isoOf(seconds * 1_000).replace(/\.000Z$/, "");
  return `${whole}.${String(fraction).padStart(digits[unit], "0")}`;
}

/** A year that ISO 8601 cannot write has no date in JavaScript either; the count is kept then. */
function isoOf(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms / 1_000} s after 1970-01-01` : date.toISOString();
}
