/**
 * Runs the scoring of a file: reads rows, scores them in chunks, and writes the results in order. While
 * one chunk is computed, the next is tokenised and the previous one is written.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import type { ItemReply } from "../../wire/reply.ts";
import type { RewardItem } from "../../wire/request.ts";
import { chunksOf, type ReadRow } from "./chunks.ts";
import type { Layout } from "./layouts.ts";
import { failedResult, resultOf, type RowResult } from "./result.ts";
import type { Fields, Row, RowSource, UnreadableRow } from "./row.ts";
import { type Totals, withResults } from "./totals.ts";

/** The chunks in progress at a time. */
const mostInFlight = 2;

/** A row and the columns that it gained. */
export interface ScoredRow {
  readonly row: Row | UnreadableRow;
  readonly gained: Fields;
}

/** The replies to a chunk. */
export interface ChunkReply {
  /** One per item: its reply or its error. */
  readonly items: readonly (ItemReply | AbacusError)[];
  /** Tokens of all completions that were scored. */
  readonly tokens: number;
}

/** The options of a run. */
export interface RunOptions {
  readonly source: RowSource;
  /** The totals of an interrupted run, whose rows are skipped. */
  readonly from: Totals;
  /** The layouts that rows may have. */
  readonly layouts: readonly Layout[];
  /** The approximate tokens of a chunk. */
  readonly chunkTokens: number;
  readonly tokens: boolean;
  readonly prefix: string;
  /** Scores the items of one chunk. May fail when the signal aborts. */
  readonly score: (items: RewardItem[], signal: AbortSignal) => Promise<ChunkReply>;
  /** Writes the results of one chunk. */
  readonly write: (rows: readonly ScoredRow[], totals: Totals) => Promise<void>;
  /** When aborted, no further chunk begins, and the chunk that is awaited is still written. */
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
    totals = withResults(totals, chunk);
    await options.write(chunk.rows, totals);
  };
  try {
    const chunks = { layouts: options.layouts, tokens: options.chunkTokens };
    for await (const rows of chunksOf(source.rows(from.rows), chunks)) {
      if (signal.aborted) break;
      const chunk = scoreChunk(rows, { ...options, signal: abandoned.signal });
      chunk.catch(() => {}); // It is awaited later, maybe after another chunk has failed.
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
  readonly results: readonly RowResult[];
  readonly tokens: number;
}

async function scoreChunk(rows: readonly ReadRow[], options: RunOptions): Promise<ScoredChunk> {
  const items = rows.flatMap(({ request }) => request instanceof AbacusError ? [] : request.items);
  const { items: replies, tokens } = items.length === 0
    ? { items: [], tokens: 0 }
    : await options.score(items, options.signal);
  let next = 0;
  const results = rows.map(({ request }) => {
    if (request instanceof AbacusError) return failedResult(request, options);
    const own = replies.slice(next, next += request.items.length);
    if (own.length < request.items.length) {
      throw new TypeError("Cannot score as the scorer lost an item");
    }
    return resultOf(request, own, options);
  });
  const scored = results.map(({ gained }, i) => ({ row: rows[i]!.row, gained }));
  return { rows: scored, results, tokens };
}
