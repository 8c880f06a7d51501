/**
 * Row: one record of a file to score, and the contract of the readers of files.
 *
 * A column's value is the JSON text that stands for it exactly, whatever the file: what is not read is
 * written again as that text.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";

/** Values by the name of their column. */
export type Fields = Readonly<Record<string, unknown>>;

/** One record. */
export interface Row {
  /** Whether it has a value in the column, and not null. */
  has(column: string): boolean;
  /** The names of its columns, in their order. */
  columns(): Iterable<string>;
  /** The JSON text of the value in a column; undefined where there is no such column. */
  text(column: string): string | undefined;
  /** The whole record as a line of JSON, with other columns behind its own. */
  line(gained: Fields): string;
}

/** The error of a record that cannot be read, which has its place in the output all the same. */
export class UnreadableRow extends AbacusError {
  /** The number of its line in the file, from 1. */
  readonly line: number;

  constructor(reason: string, { received, line }: { received: string; line: number }) {
    const shown = received.length > 60 ? `${received.slice(0, 60)}…` : received;
    super("invalid_request", `Cannot read the row as its line ${reason}: received ${shown}`);
    this.line = line;
  }
}

/** What a file holds, found before any row of it is scored. */
export interface Survey {
  readonly rows: number;
  /** The columns that any row has, in the order in which they appear. */
  readonly columns: readonly string[];
}

/** A file of rows. */
export interface RowSource {
  /** May read the whole file. */
  survey(): Promise<Survey>;
  /**
   * The rows after the first `skip`, in order.
   *
   * @param most how many of them are wanted, which may spare reading ahead; a reader may give more.
   * All if undefined
   */
  rows(skip: number, most?: number): AsyncIterable<Row | UnreadableRow>;
}

/** Whether a value is an object with named fields. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The error for files or options with which no row can be scored. */
export function cannotScore(reason: string, received: string): AbacusError {
  return new AbacusError("bad_usage", `Cannot score as ${reason}: received ${received}`);
}
