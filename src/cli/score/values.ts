/**
 * The values of a row's columns, and the errors that name them.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { describe } from "../../wire/explain.ts";
import type { Row } from "./row.ts";

/**
 * The value of a column; undefined where the row does not have it.
 *
 * @throws {AbacusError} `invalid_request` where it is a number that JSON does not know
 */
export function valueOf(row: Row, column: string): unknown {
  const text = row.text(column);
  if (text === undefined) return undefined;
  // A text without escapes, as most are, is what stands between its quotes.
  if (text.startsWith('"') && !text.includes("\\")) return text.slice(1, -1);
  try {
    return JSON.parse(text);
  } catch {
    throw wrongRow(column, "must hold neither NaN nor Infinity, as it is read", text);
  }
}

/** The error of a value in a row. @param path as in `messages[2].content` */
export function wrongRow(path: string, fault: string, received: unknown): AbacusError {
  return new AbacusError(
    "invalid_request",
    `Cannot read the row as ${path} ${fault}: received ${describe(received)}`,
    { path },
  );
}
