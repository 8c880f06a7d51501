/**
 * The law of the sum, as a client holds replies to it.
 *
 * @module
 */

import { mismatch, type Placed } from "./check.ts";

/** The error that the server allows its sums, relative to the larger of 1 and the sum. */
const SUM_TOLERANCE = 1e-5;

/** The relative error of rounding one number to float32. */
const FLOAT32_ROUNDING = 2 ** -24;

/** The relative error of one addition in float64. */
const FLOAT64_ROUNDING = 2 ** -53;

/**
 * Law 1, within the precision of the encoding, in which each number was rounded once. The tolerance
 * grows with the magnitude of the rewards, whatever their signs.
 */
export function requireSum(placed: Placed, values: Float64Array, expected: number): void {
  const isFloat32 = typeof placed.value === "string";
  const rounding = FLOAT64_ROUNDING * values.length + (isFloat32 ? FLOAT32_ROUNDING : 0);
  let magnitude = 0;
  for (const value of values) magnitude += Math.abs(value);
  const tolerance = SUM_TOLERANCE * Math.max(1, Math.abs(expected)) + rounding * magnitude;
  const total = sumOf(values);
  if (Math.abs(total - expected) <= tolerance) return;
  throw mismatch({ ...placed, value: total }, `must add up to ${expected}`);
}

/** The sum in float64. */
function sumOf(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
