/**
 * Rows: one quantity of a batch of completions, such as values or rewards. A completion has one row with
 * one entry per response token, EOS included. Rows are ragged instead of padded, so nothing is masked.
 *
 * @module
 */

/** A row per completion, an entry per response token. Never modified in place. */
export type Rows = readonly Float64Array[];

/**
 * The common length of rows of one completion.
 *
 * @param action what needs them, for the message, as in "estimate advantages"
 * @param rows at least one, by name
 * @throws {RangeError} naming all lengths, unless they are equal
 */
export function commonLength(
  action: string,
  rows: Readonly<Record<string, { readonly length: number }>>,
): number {
  const entries = Object.entries(rows);
  const length = entries[0]?.[1].length ?? 0;
  if (entries.every(([, row]) => row.length === length)) return length;
  const received = entries.map(([name, row]) => `${row.length} ${name}`).join(" and ");
  throw new RangeError(`Cannot ${action} as the lengths differ: received ${received}`);
}

/** The sum of each row, one entry per completion; 0 for an empty row. */
export function rowSums(rows: Rows): Float64Array {
  return Float64Array.from(rows, (row) => row.reduce((sum, entry) => sum + entry, 0)); // [rows]
}

/** The number of entries in all rows. */
export function count(rows: Rows): number {
  return rows.reduce((total, { length }) => total + length, 0);
}
