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
import { readRowRequest, type RowRequest } from "./row_item.ts";
import type { Row } from "./row.ts";

/** A row with its item. */
export interface ReadRow {
  readonly row: Row;
  readonly request: RowRequest | AbacusError;
}

/** The most rows of a chunk. */
const mostRows = 2_048;
/** Approximate UTF-16 units of a token. */
const charactersPerToken = 4;

/** Splits rows into chunks of about `tokens` tokens. */
export async function* chunksOf(
  rows: AsyncIterable<Row>,
  { tokens }: { readonly tokens: number },
): AsyncGenerator<ReadRow[]> {
  let chunk: ReadRow[] = [];
  let sum = 0;
  for await (const row of rows) {
    const request = readRowRequest(row);
    chunk.push({ row, request });
    sum += request instanceof AbacusError ? 0 : estimateTokens(request.item);
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
