/**
 * The run: rows in, results out, in their order, with the engine kept busy. While one chunk is
 * computed the next is tokenised and the one before is written.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import type { ItemReply } from "../../wire/reply.ts";
import type { RewardItem } from "../../wire/request.ts";
import { chunksOf, type ReadRow } from "./chunks.ts";
import type { Fields, Row, RowSource } from "./row.ts";
import { resultOf } from "./row_result.ts";

/** Chunks that are on their way at a time. */
const mostInFlight = 2;

/** Totals of a run, those before an interruption included. */
export interface Totals {
  readonly rows: number;
  readonly errors: number;
  readonly tokens: number;
  /** The first error, for the summary. */
  readonly firstError?: string;
}

/** What a row became: the columns it gained, beside the row itself. */
export interface ScoredRow {
  readonly row: Row;
  readonly gained: Fields;
}

/** What one chunk was scored as. */
export interface ChunkReply {
  /** One per item, or the error in its place. */
  readonly items: readonly (ItemReply | AbacusError)[];
  /** Tokens of all completions that were scored. */
  readonly tokens: number;
}

/** What a run goes by. */
export interface RunOptions {
  readonly source: RowSource;
  /** The totals so far, whose rows are skipped. */
  readonly from: Totals;
  /** Tokens of a chunk, about. */
  readonly chunkTokens: number;
  readonly tokens: boolean;
  readonly prefix: string;
  /** Scores the items of one chunk, each answer or the error in its place; aborted, it may fail. */
  readonly score: (items: RewardItem[], signal: AbortSignal) => Promise<ChunkReply>;
  /** Keeps the results of one chunk. */
  readonly write: (rows: readonly ScoredRow[], totals: Totals) => Promise<void>;
  /** Once aborted, no further chunk begins; one that is being waited for is still written. */
  readonly signal: AbortSignal;
}

/** @returns the totals at the end, or when the signal stopped it */
export async function runScoring(options: RunOptions): Promise<Totals> {
  const { source, from, signal } = options;
  const abandoned = new AbortController();
  const inFlight: Promise<ScoredChunk>[] = [];
  let totals = from;
  const finishOldest = async () => {
    const chunk = await inFlight.shift();
    if (chunk === undefined) return;
    totals = added(totals, chunk);
    await options.write(chunk.rows, totals);
  };
  try {
    for await (const rows of chunksOf(source.rows(from.rows), { tokens: options.chunkTokens })) {
      if (signal.aborted) break;
      const chunk = scoreChunk(rows, { ...options, signal: abandoned.signal });
      chunk.catch(() => {}); // Heard where it is awaited, which may be after another's failure.
      inFlight.push(chunk);
      if (inFlight.length >= mostInFlight) await finishOldest();
    }
    while (inFlight.length > 0 && !signal.aborted) await finishOldest();
    return totals;
  } finally {
    abandoned.abort();
  }
}

interface ScoredChunk {
  readonly rows: readonly ScoredRow[];
  readonly tokens: number;
  readonly errors: readonly AbacusError[];
}

async function scoreChunk(rows: readonly ReadRow[], options: RunOptions): Promise<ScoredChunk> {
  const items = rows.flatMap(({ request }) => request instanceof AbacusError ? [] : [request.item]);
  const { items: replies, tokens } = items.length === 0
    ? { items: [], tokens: 0 }
    : await options.score(items, options.signal);
  const answers = replies.values();
  const results = rows.map(({ row, request }) => {
    if (request instanceof AbacusError) {
      return resultOf(row, request, { ...options, single: false });
    }
    const { value } = answers.next();
    if (value === undefined) throw new TypeError("Cannot score as the scorer lost an item");
    return resultOf(row, value, { ...options, single: request.single });
  });
  return {
    rows: results.map(({ gained }, i) => ({ row: rows[i]!.row, gained })),
    tokens,
    errors: results.flatMap(({ error }) => error === undefined ? [] : [error]),
  };
}

function added(totals: Totals, { rows, tokens, errors }: ScoredChunk): Totals {
  const firstError = totals.firstError ?? errors[0]?.message;
  return {
    rows: totals.rows + rows.length,
    errors: totals.errors + errors.length,
    tokens: totals.tokens + tokens,
    ...(firstError === undefined ? {} : { firstError }),
  };
}
