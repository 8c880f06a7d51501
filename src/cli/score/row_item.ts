/**
 * A row as an item of a request, and the reply to the item as columns that the row gains. A row holds
 * one completion or several, in the three forms of an item on the wire; other columns are ignored.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { parseWire } from "../../wire/parse.ts";
import type { CompletionReply, ItemReply } from "../../wire/reply.ts";
import { type RewardItem, rewardRequestSchema } from "../../wire/request.ts";
import type { Fields, Row } from "./row.ts";

/** The item of a row. */
export interface RowRequest {
  readonly item: RewardItem;
  /** Whether the row holds one completion, whose result gets columns of its own. */
  readonly single: boolean;
}

const schema = rewardRequestSchema();

/** Reads the item of a row. @returns an error where there is none */
export function readRowRequest(row: Row): RowRequest | AbacusError {
  if (row instanceof AbacusError) return row;
  const { item, single } = itemOf(row);
  try {
    const request = parseWire(schema, { items: [item] }, { what: "the row" });
    const [read] = request.items;
    return read === undefined ? missing() : { item: read, single };
  } catch (error) {
    if (error instanceof AbacusError) return rowError(error, { single });
    throw error;
  }
}

/**
 * The error of a row for the error of its item: `items[0].completions[0]` is the column `completion`
 * of a row that holds one.
 */
function rowError(
  error: AbacusError,
  { single }: { readonly single: boolean },
): AbacusError {
  const { path } = error;
  if (path === undefined) return error;
  const column = columnOf(path, single);
  const message = error.message.replaceAll(path, column || "it");
  return error.with({ message, path: column || undefined });
}

function columnOf(path: string, single: boolean): string {
  const inside = path.replace(/^items\[\d+\]\.?/, "");
  if (!single) return inside;
  return inside.replace(/^completions(\[0\])?/, "completion")
    .replace(/^(completion_ids|token_spans)\[0\]/, "$1");
}

/** The columns of the three forms. */
const columns = [
  "prompt",
  "messages",
  "prompt_ids",
  "completions",
  "completion_ids",
  "token_spans",
];

function itemOf(row: Fields): { item: Fields; single: boolean } {
  const item = Object.fromEntries(
    columns.filter((name) => row[name] !== undefined && row[name] !== null)
      .map((name) => [name, row[name]]),
  );
  const { completion_ids: ids, token_spans: spans } = item;
  const { completion } = row;
  const hasOne = completion !== undefined && completion !== null &&
    item["completions"] === undefined;
  if (hasOne) item["completions"] = [completion];
  const single = hasOne || (Array.isArray(ids) && !ids.some(Array.isArray));
  if (single && ids !== undefined) item["completion_ids"] = [ids];
  if (single && spans !== undefined) item["token_spans"] = [spans];
  return { item, single };
}

function missing(): AbacusError {
  return new AbacusError("invalid_request", "Cannot read the row as it has nothing to score");
}

/** How results are written. */
export interface ResultOptions {
  /** Whether the row holds one completion, whose result gets columns of its own. */
  readonly single: boolean;
  /** Whether the rewards of tokens are written, or the score only. */
  readonly tokens: boolean;
  /** The prefix of the name of every added column. */
  readonly prefix: string;
}

/** The columns that a row gains. */
export interface RowResult {
  /** The reply's own fields, a list of `results`, or an `error`. */
  readonly gained: Fields;
  readonly error?: AbacusError;
}

/** The columns that a row gains, or an error where one would replace a column of the row. */
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
  const written = { kind, message, ...(path === undefined ? {} : { path }) };
  return { gained: prefixed({ error: written }, options), error };
}

function clash(column: string): AbacusError {
  return new AbacusError(
    "invalid_request",
    "Cannot write the result as the row has a column of that name " +
      `(--prefix renames the added columns): received ${column}`,
    { path: column },
  );
}

function prefixed(fields: Fields, { prefix }: ResultOptions): Fields {
  if (prefix === "") return fields;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [`${prefix}${name}`, value]),
  );
}
