/**
 * Row: one line or record of a file, and the contract of file readers.
 *
 * @module
 */

import type { AbacusError } from "../../errors.ts";

/** The columns of one row, by name. */
export type Fields = Readonly<Record<string, unknown>>;

/** A row as it was read, or why it could not be; either has its place in the output. */
export type Row = Fields | AbacusError;

/** A file of rows. */
export interface RowSource {
  /** How many rows there are. Reads the whole file where the format does not store it. */
  count(): Promise<number>;
  /** The rows behind the first `skip`, in order. */
  rows(skip: number): AsyncIterable<Row>;
}

/** Whether a value is an object with named fields, and no error that stands in a row's place. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Error);
}
