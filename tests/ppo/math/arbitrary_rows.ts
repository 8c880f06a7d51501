/** Random batches of rows, and comparisons of rows. */

import assert from "node:assert/strict";
import fc from "fast-check";

/** Numbers of the size that rewards, values and log-probabilities have. */
export const entry = fc.double({ min: -50, max: 50, noNaN: true });

/** One row of a length, or of 0 to 30 entries. */
export function row(length?: number): fc.Arbitrary<Float64Array> {
  const size = length === undefined ? { maxLength: 30 } : { minLength: length, maxLength: length };
  return fc.array(entry, size).map((entries) => Float64Array.from(entries));
}

/** Two rows of the same length. */
export const twoRows: fc.Arbitrary<[Float64Array, Float64Array]> = fc.nat({ max: 30 })
  .chain((length) => fc.tuple(row(length), row(length)));

/** A batch of ragged rows with two entries at least, which are not all equal. */
export const batch: fc.Arbitrary<Float64Array[]> = fc.array(row(), { maxLength: 8 })
  .filter((rows) => new Set(flat(rows).map((each) => each.toFixed(2))).size > 1);

/** All entries, one after the other. */
export function flat(rows: readonly Float64Array[]): number[] {
  return rows.flatMap((each) => [...each]);
}

/** Rows of a golden file. */
export function rowsOf(lists: readonly (readonly number[])[]): Float64Array[] {
  return lists.map((list) => Float64Array.from(list));
}

/** Fails unless all entries are within `tolerance` of each other, absolute below 1 and relative above. */
export function assertNear(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = 1e-12,
): void {
  assert.equal(found.length, expected.length);
  for (const [i, each] of Array.from(expected).entries()) {
    const bound = tolerance * Math.max(1, Math.abs(each));
    assert.ok(Math.abs(found[i]! - each) <= bound, `entry ${i}: ${found[i]} for ${each}`);
  }
}

/** {@linkcode assertNear} for every row. */
export function assertRowsNear(
  found: readonly ArrayLike<number>[],
  expected: readonly ArrayLike<number>[],
  tolerance?: number,
): void {
  assert.equal(found.length, expected.length);
  for (const [i, row] of expected.entries()) assertNear(found[i]!, row, tolerance);
}
