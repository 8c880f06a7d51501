/**
 * Rows: how a batch of completions is held. Each completion has one row per quantity, as long as its
 * response, with the end-of-sequence token counted where it was sampled. Rows are ragged; there is no
 * padding, so what others compute under a response mask is computed here over all entries.
 *
 * Knows nothing of what the numbers mean.
 *
 * @module
 */

/** One quantity of a batch: a row per completion, an entry per response token. Never changed in place. */
export type Rows = readonly Float64Array[];

/**
 * The length that rows of one completion have in common.
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
