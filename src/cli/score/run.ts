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
import type { Fields, Row, RowSource } from "./row.ts";
import { resultOf } from "./row_item.ts";

/** The chunks in progress at a time. */
const mostInFlight = 2;

/** The totals of a run, including those before an interruption. */
export interface Totals {
  readonly rows: number;
  readonly errors: number;
  readonly tokens: number;
  /** The first error, for the summary. */
  readonly firstError?: string;
}

/** A row and the columns that it gained. */
export interface ScoredRow {
  readonly row: Row;
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
    totals = added(totals, chunk);
    await options.write(chunk.rows, totals);
  };
  try {
    for await (const rows of chunksOf(source.rows(from.rows), { tokens: options.chunkTokens })) {
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
