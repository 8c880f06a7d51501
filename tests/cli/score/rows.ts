/**
 * Rows that are in no file.
 *
 * @module
 */

import type { Row, RowSource } from "../../../src/cli/score/row.ts";

/** A source of these rows. */
export function sourceOf(rows: readonly Row[]): RowSource {
  return {
    count: () => Promise.resolve(rows.length),
    async *rows(skip) {
      yield* rows.slice(skip);
    },
  };
}
