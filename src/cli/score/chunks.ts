/**
 * Chunks: rows that are scored and written together.
 *
 * The end of a chunk depends only on the rows, not on time, and a chunk is batched by itself. So a run
 * that was interrupted between two chunks writes the same bytes as an uninterrupted one.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { messageOf } from "../../wire/message.ts";
import type { RewardItem } from "../../wire/request.ts";
import type { Layout } from "./layouts.ts";
import type { Row, UnreadableRow } from "./row.ts";
import { readRowRequest, type RowRequest } from "./row_request.ts";

/** A row with what it asks for. */
export interface ReadRow {
  readonly row: Row | UnreadableRow;
  readonly request: RowRequest | AbacusError;
}

/** The most rows of a chunk. */
const mostRows = 2_048;
/** Approximate UTF-16 units of a token. */
const charactersPerToken = 4;

/** How rows are read, and the approximate tokens of a chunk. */
export interface ChunkOptions {
  readonly layouts: readonly Layout[];
  readonly tokens: number;
}

/** Splits rows into chunks. */
export async function* chunksOf(
  rows: AsyncIterable<Row | UnreadableRow>,
  { layouts, tokens }: ChunkOptions,
): AsyncGenerator<ReadRow[]> {
  let chunk: ReadRow[] = [];
  let sum = 0;
  for await (const row of rows) {
    const request = readRowRequest(row, layouts);
    chunk.push({ row, request });
    const items = request instanceof AbacusError ? [] : request.items;
    sum += items.reduce((tokens, item) => tokens + estimateTokens(item), 0);
    if (sum < tokens && chunk.length < mostRows) continue;
    yield chunk;
    [chunk, sum] = [[], 0];
  }
  if (chunk.length > 0) yield chunk;
}

/** The tokens of an item with its prompt counted once, estimated from its length. */
function estimateTokens(item: RewardItem): number {
  if ("prompt_ids" in item) {
    return item.completion_ids.reduce((sum, ids) => sum + ids.length, item.prompt_ids.length);
  }
  const prompt = "prompt" in item
    ? [item.prompt]
    : item.messages.map((message) => messageOf(message).content ?? "");
  const characters = [...prompt, ...item.completions].reduce((sum, { length }) => sum + length, 0);
  return Math.ceil(characters / charactersPerToken);
}
