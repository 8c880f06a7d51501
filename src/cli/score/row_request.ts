/**
 * From a row to what is asked of the scorer. A row holds one completion or several, in the three
 * forms of an item on the wire; its other columns are ignored here.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { parseWire } from "../../wire/parse.ts";
import { type RewardItem, rewardRequestSchema } from "../../wire/request.ts";
import type { Fields, Row } from "./row.ts";

/** What a row asks for. */
export interface RowRequest {
  readonly item: RewardItem;
  /** Whether the row holds one completion, so that its result stands beside it. */
  readonly single: boolean;
}

const schema = rewardRequestSchema();

/** Reads what a row asks for, or why it cannot be asked. */
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
 * An error about an item as one about its row: `items[0].completions[0]` is the column `completion`
 * of a row that holds one.
 */
export function rowError(
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

/** Columns of a row that the forms are made of. */
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
  return new AbacusError("invalid_request", "Cannot read the row as it holds nothing to score");
}
