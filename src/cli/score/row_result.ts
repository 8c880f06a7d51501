/**
 * From what the scorer answered to the columns that a row gains.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import type { CompletionReply, ItemReply } from "../../wire/reply.ts";
import { rowError } from "./row_request.ts";
import type { Fields, Row } from "./row.ts";

/** How results are written. */
export interface ResultOptions {
  /** Whether the row holds one completion, whose result then stands in columns of its own. */
  readonly single: boolean;
  /** Whether the rewards of tokens are wanted, or the score alone. */
  readonly tokens: boolean;
  /** Put before the name of every column that is added. */
  readonly prefix: string;
}

/** What a row gains. */
export interface RowResult {
  /** The reply's own fields, a list of `results`, or an `error`. */
  readonly gained: Fields;
  readonly error?: AbacusError;
}

/**
 * The columns that a row gains. Where one would take the place of a column that the row has, it gains
 * an error instead.
 */
export function resultOf(
  row: Row,
  reply: ItemReply | AbacusError,
  options: ResultOptions,
): RowResult {
  if (reply instanceof AbacusError) return failure(rowError(reply, options), options);
  const gained = prefixed(answerOf(reply, options), options);
  const lost = Object.keys(gained).find((name) => Object.hasOwn(row, name));
  return lost === undefined || row instanceof AbacusError
    ? { gained }
    : failure(clash(lost), options);
}

function answerOf({ completions }: ItemReply, { single, tokens }: ResultOptions): Fields {
  const results = completions.map((each) => tokens ? each : scoreOf(each));
  const [only] = results;
  return single && only !== undefined ? { ...only } : { results };
}

function scoreOf({ score, truncated }: CompletionReply): Partial<CompletionReply> {
  return { score, truncated };
}

function failure(error: AbacusError, options: ResultOptions): RowResult {
  const { kind, message, path } = error;
  const told = { kind, message, ...(path === undefined ? {} : { path }) };
  return { gained: prefixed({ error: told }, options), error };
}

function clash(column: string): AbacusError {
  return new AbacusError(
    "invalid_request",
    "Cannot write the result as the row has a column of its name " +
      `(--prefix renames what is added): received ${column}`,
    { path: column },
  );
}

function prefixed(fields: Fields, { prefix }: ResultOptions): Fields {
  if (prefix === "") return fields;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [`${prefix}${name}`, value]),
  );
}
