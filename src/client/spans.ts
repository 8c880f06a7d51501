/**
 * Spans as a server sends them.
 *
 * @module
 */

import { mismatch, type Placed } from "./check.ts";

/** What is wrong with a value that is none. */
export const notSpan = "must be [start, end], which does not end before it starts";

/** Whether a value is a half-open range of whole numbers. */
export function isSpan(value: unknown): value is [number, number] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [start, end] = value;
  return isCount(start) && isCount(end) && start <= end;
}

/** A span. */
export function spanAt(placed: Placed): [number, number] {
  if (isSpan(placed.value)) return placed.value;
  throw mismatch(placed, notSpan);
}

/** Whether a value is a whole number that is not negative. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
