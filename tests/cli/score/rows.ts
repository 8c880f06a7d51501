/**
 * Rows that are in no file.
 *
 * @module
 */

import { jsonRow } from "../../../src/cli/score/json_row.ts";
import { type Row, type RowSource, UnreadableRow } from "../../../src/cli/score/row.ts";

/** The row with these columns. */
export function rowOf(columns: object): Row {
  const row = jsonRow(JSON.stringify(columns), 1);
  if (row instanceof UnreadableRow) throw row;
  return row;
}

/** The columns of a row; undefined for one that cannot be read. */
export function columnsOf(row: Row | UnreadableRow): unknown {
  return row instanceof UnreadableRow ? undefined : JSON.parse(row.line({}));
}

/** A row that cannot be read. */
export function torn(line = 1): UnreadableRow {
  return new UnreadableRow("is torn", { received: "{", line });
}

/** A source of these rows. */
export function sourceOf(rows: readonly (Row | UnreadableRow)[]): RowSource {
  return {
    survey() {
      const names = rows.flatMap((row) => row instanceof UnreadableRow ? [] : [...row.columns()]);
      return Promise.resolve({ rows: rows.length, columns: [...new Set(names)] });
    },
    async *rows(skip) {
      yield* rows.slice(skip);
    },
  };
}
