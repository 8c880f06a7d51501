/**
 * Chunks: rows that are scored and written together.
 *
 * Where a chunk ends depends on the rows alone, never on time, and a chunk is batched by itself. So
 * a run that was interrupted between two chunks goes on to write the very bytes that an unbroken one
 * would have written.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import type { RewardItem } from "../../wire/request.ts";
import { readRowRequest, type RowRequest } from "./row_request.ts";
import type { Row } from "./row.ts";

/** A row with what it asks for. */
export interface ReadRow {
  readonly row: Row;
  readonly request: RowRequest | AbacusError;
}

/** The most rows of a chunk, however short they are. */
const mostRows = 2_048;
/** UTF-16 units that a token stands for, about. */
const charactersPerToken = 4;

/** The rows in chunks of about `tokens` tokens each. */
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

/** Tokens of an item, its prompt counted once, guessed from its length. */
function estimateTokens(item: RewardItem): number {
  if ("prompt_ids" in item) {
    return item.completion_ids.reduce((sum, ids) => sum + ids.length, item.prompt_ids.length);
  }
  const prompt = "prompt" in item ? [item.prompt] : item.messages.map(({ content }) => content);
  const characters = [...prompt, ...item.completions].reduce((sum, { length }) => sum + length, 0);
  return Math.ceil(characters / charactersPerToken);
}
