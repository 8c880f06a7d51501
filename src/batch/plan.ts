/**
 * Which waiting entries form the next batch: a pure function of the queue, the limits and the time.
 *
 * @module
 */

/** What planning must know of an entry. */
export interface Waiting {
  /** Tokens of the whole sequence, at least one. */
  readonly tokens: number;
  /** Entries of one group begin with the same `sharedTokens` tokens, which are computed once. */
  readonly group: string;
  /** 0 where nothing can be shared. */
  readonly sharedTokens: number;
  /** When its answer becomes useless, on the clock that `nowMs` is read from. */
  readonly deadlineMs: number;
  /** Whether its caller has given up or has been answered. */
  readonly settled: boolean;
}

/** How large a batch may be. */
export interface BatchLimits {
  /** Tokens that go through the model, shared prompts counted once. */
  readonly maxTokens: number;
  /** Sequences of one batch. */
  readonly maxSequences: number;
}

/** The queue, divided; each part keeps the order of arrival, but for the batch. */
export interface BatchPlan<Entry> {
  /** Groups stand together, in the order in which their oldest entries came. */
  readonly batch: readonly Entry[];
  /** Entries that must wait for another batch. */
  readonly rest: readonly Entry[];
  /** Entries whose deadline has passed. */
  readonly expired: readonly Entry[];
}

/** What {@linkcode planBatch} goes by. */
export interface PlanOptions {
  /** How large the batch may be. */
  readonly limits: BatchLimits;
  /** The time, on the clock of the deadlines. */
  readonly nowMs: number;
}

/**
 * Plans the next batch.
 *
 * First come, first served, except that entries may ride along with an older one of the same group,
 * which is what makes them cheap. The oldest entry always goes, even when it alone is over the
 * budget, so no entry waits for more batches than there are older groups. The first entry that does
 * not fit ends the batch: were smaller ones let past it, it could wait for long.
 *
 * @param waiting in the order of arrival
 *
 * @example Two completions of one prompt go ahead of what came between them
 * ```ts
 * import { planBatch } from "./plan.ts";
 * import assert from "node:assert/strict";
 *
 * const entry = (name: string, group: string) =>
 *   ({ name, group, tokens: 50, sharedTokens: 40, deadlineMs: Infinity, settled: false });
 * const waiting = [entry("first", "a"), entry("other", "b"), entry("second", "a")];
 * const limits = { maxTokens: 100, maxSequences: 8 };
 * const { batch, rest } = planBatch(waiting, { limits, nowMs: 0 });
 * assert.deepEqual(batch.map(({ name }) => name), ["first", "second"]);
 * assert.deepEqual(rest.map(({ name }) => name), ["other"]);
 * ```
 */
export function planBatch<Entry extends Waiting>(
  waiting: readonly Entry[],
  { limits, nowMs }: PlanOptions,
): BatchPlan<Entry> {
  const wanted = waiting.filter((entry) => !entry.settled);
  const expired = wanted.filter((entry) => entry.deadlineMs <= nowMs);
  const live = wanted.filter((entry) => entry.deadlineMs > nowMs);
  const batch = takeWhileFits(inGroups(live), limits);
  const taken = new Set(batch);
  return { batch, rest: live.filter((entry) => !taken.has(entry)), expired };
}

function inGroups<Entry extends Waiting>(entries: readonly Entry[]): Entry[] {
  return [...Map.groupBy(entries, (entry) => entry.group).values()].flat();
}

function takeWhileFits<Entry extends Waiting>(
  entries: readonly Entry[],
  { maxTokens, maxSequences }: BatchLimits,
): Entry[] {
  const groups = new Set<string>();
  let tokens = 0;
  const beyond = entries.findIndex((entry, i) => {
    tokens += groups.has(entry.group) ? entry.tokens - entry.sharedTokens : entry.tokens;
    groups.add(entry.group);
    return i > 0 && (tokens > maxTokens || i >= maxSequences);
  });
  return beyond < 0 ? [...entries] : entries.slice(0, beyond);
}
