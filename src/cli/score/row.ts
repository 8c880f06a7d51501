/**
 * Row: one record of a file to score, and the contract of the readers of files.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";

/** The columns of one row, by name. */
export type Fields = Readonly<Record<string, unknown>>;

/** A row, or the error of one that cannot be read; either has its place in the output. */
export type Row = Fields | AbacusError;

/** A file of rows. */
export interface RowSource {
  /** The number of rows. May read the whole file. */
  count(): Promise<number>;
  /** The rows after the first `skip`, in order. */
  rows(skip: number): AsyncIterable<Row>;
}

/** Whether a value is an object with named fields, and not the error of a row. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Error);
}

/** The error for files or options with which no row can be scored. */
export function cannotScore(reason: string, received: string): AbacusError {
  return new AbacusError("bad_usage", `Cannot score as ${reason}: received ${received}`);
}
