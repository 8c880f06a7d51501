/**
 * Which waiting entries form the next batch: a pure function of the calls that wait and the limits.
 *
 * Calls take turns, so that one of ten thousand completions does not hold up those of one. In its turn
 * a call gets up to an eighth of a batch (`TURNS`). Entries that begin with the same prompt are cheap
 * only together, so a turn goes on with them until their prompt is a fifth of it (`TURN_PER_PROMPT`), it
 * does not begin with others that it could not end, and what is left of it takes along those of the
 * same prompt that other calls ask.
 *
 * **The bound.** Let `k` calls stand before another; let `t` be the most tokens of a turn, which is the
 * largest of an eighth of the batch's, five times the longest shared prompt, and the longest sequence.
 * A batch has room for `n` turns, the least of 8, the batch's sequences, and its tokens divided by `t`,
 * rounded down, and at least 1. Then the first entry of that call is in batch number
 * `floor(k / n) + 1` at the latest, however many entries the `k` calls have and whatever comes later;
 * and a call of many entries gets a turn again within as many batches. `turnsPerBatch` is `n`.
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
}

/** What waits of one call, in the order of the call. */
export interface WaitingCall<Entry extends Waiting> {
  readonly entries: readonly Entry[];
}

/** How large a batch may be. */
export interface BatchLimits {
  /** Tokens that go through the model, shared prompts counted once. */
  readonly maxTokens: number;
  /** Sequences of one batch. */
  readonly maxSequences: number;
}

/** The next batch. */
export interface BatchPlan<Entry extends Waiting, Call extends WaitingCall<Entry>> {
  /** Groups stand together. */
  readonly batch: readonly Entry[];
  /** Calls that had their turn, in order; those of them that have more to come go behind all others. */
  readonly served: readonly Call[];
  /** Whether something waits that did not fit. */
  readonly full: boolean;
}

/** Turns that a batch has room for, where neither prompts nor sequences are long. */
const TURNS = 8;

/** A turn with a shared prompt may have this many times its tokens: cutting it costs the prompt again. */
const TURN_PER_PROMPT = 5;

/**
 * Plans the next batch. The oldest entry of the call whose turn it is always goes, even when it alone is over
 * the budget. The first entry that does not fit ends the batch: were smaller ones let past it, it could
 * wait for long.
 *
 * @param calls in the order of their turns, each with at least one entry
 *
 * @example A call of one completion does not wait for one of many
 * ```ts
 * import { planBatch, type Waiting } from "./plan.ts";
 * import assert from "node:assert/strict";
 *
 * interface Named extends Waiting { name: string }
 * const call = (name: string, count: number) => ({
 *   entries: Array.from({ length: count }, (_, i) =>
 *     ({ name: `${name}${i}`, group: `${name}${i}`, tokens: 50, sharedTokens: 0 })),
 * });
 * const limits = { maxTokens: 200, maxSequences: 16 };
 * const calls = [call("bulk", 1_000), call("single", 1)];
 * const { batch } = planBatch<Named, typeof calls[number]>(calls, limits);
 * assert.deepEqual(batch.map(({ name }) => name), ["bulk0", "single0", "bulk1", "bulk2"]);
 * ```
 */
export function planBatch<Entry extends Waiting, Call extends WaitingCall<Entry>>(
  calls: readonly Call[],
  limits: BatchLimits,
): BatchPlan<Entry, Call> {
  const batch = new OpenBatch(calls, limits);
  const served = new Set<Call>();
  let full = false;
  // A list that grows while it is read: whoever has more to come stands at its end once more.
  const turns = calls.map((call) => new Turns(call));
  for (const each of turns) {
    full = !each.take(batch);
    // A turn that the batch's end cuts short is begun anew, unless it had the whole batch.
    if (full && served.size > 0) break;
    served.delete(each.call); // its last turn counts
    served.add(each.call);
    if (full) break;
    if (each.next(batch) !== undefined) turns.push(each);
  }
  const together = [...Map.groupBy(batch.entries, ({ group }) => group).values()].flat();
  return { batch: together, served: [...served], full };
}

/** How many turns a batch has room for at least: `n` of the bound above. */
export function turnsPerBatch(entries: readonly Waiting[], limits: BatchLimits): number {
  const { maxTokens, maxSequences } = limits;
  const tokens = entries.reduce(
    (most, entry) => Math.max(most, entry.tokens, TURN_PER_PROMPT * entry.sharedTokens),
    turnTokens(limits),
  );
  return Math.max(1, Math.min(TURNS, maxSequences, Math.floor(maxTokens / tokens)));
}

/** Tokens of a turn whose entries share no long prompt. */
export function turnTokens({ maxTokens }: BatchLimits): number {
  return maxTokens / TURNS;
}

/** A batch that is being filled. */
class OpenBatch<Entry extends Waiting> {
  readonly entries = new Set<Entry>();
  readonly limits: BatchLimits;
  readonly #calls: readonly WaitingCall<Entry>[];
  readonly #groups = new Set<string>();
  #byGroup: ReadonlyMap<string, readonly Entry[]> | undefined;
  #tokens = 0;

  constructor(calls: readonly WaitingCall<Entry>[], limits: BatchLimits) {
    this.#calls = calls;
    this.limits = limits;
  }

  /** Tokens that the model would compute for one more. */
  costOf({ group, tokens, sharedTokens }: Entry): number {
    return this.#groups.has(group) ? tokens - sharedTokens : tokens;
  }

  fits(entry: Entry): boolean {
    if (this.entries.size === 0) return true;
    const { maxTokens, maxSequences } = this.limits;
    return this.entries.size < maxSequences && this.#tokens + this.costOf(entry) <= maxTokens;
  }

  add(entry: Entry): void {
    this.#tokens += this.costOf(entry);
    this.#groups.add(entry.group);
    this.entries.add(entry);
  }

  /** Entries of every call that begin as this one. Found once for all, and only where somebody asks. */
  alike({ group, sharedTokens }: Entry): readonly Entry[] {
    if (sharedTokens === 0) return [];
    this.#byGroup ??= Map.groupBy(
      this.#calls.flatMap(({ entries }) => entries),
      (entry) => entry.group,
    );
    return this.#byGroup.get(group) ?? [];
  }
}

/** The turns of one call in one batch. */
class Turns<Entry extends Waiting, Call extends WaitingCall<Entry>> {
  #groups: readonly (readonly Entry[])[] | undefined;
  /** Groups before this one are in the batch. */
  #at = 0;

  constructor(readonly call: Call) {}

  /** What is left of the next group of the call; none where the batch has all of it. */
  next(batch: OpenBatch<Entry>): readonly Entry[] | undefined {
    // Made out when the first turn comes: most calls of a long queue are not reached.
    this.#groups ??= [...Map.groupBy(this.call.entries, ({ group }) => group).values()];
    for (; this.#at < this.#groups.length; this.#at++) {
      const left = this.#groups[this.#at]!.filter((entry) => !batch.entries.has(entry));
      if (left.length > 0) return left;
    }
    return undefined;
  }

  /** Fills the batch with one turn. @returns whether the batch had room for all of it */
  take(batch: OpenBatch<Entry>): boolean {
    let group = this.next(batch);
    if (group === undefined) return true; // others took all of it along
    const turn = new Turn(batch, group[0]!);
    while (group !== undefined && turn.holds(group)) {
      const end = turn.take(group) ?? turn.take(batch.alike(group[0]!));
      if (end !== undefined) return end === "turn over";
      group = this.next(batch);
    }
    return true;
  }
}

/** What a call may still add to the batch in one turn. */
class Turn<Entry extends Waiting> {
  readonly #batch: OpenBatch<Entry>;
  #tokens: number;
  #sequences: number;
  #empty = true;

  constructor(batch: OpenBatch<Entry>, first: Entry) {
    const { limits } = batch;
    this.#batch = batch;
    this.#tokens = Math.max(turnTokens(limits), TURN_PER_PROMPT * first.sharedTokens);
    this.#sequences = Math.max(1, Math.floor(limits.maxSequences / TURNS));
  }

  /** Whether the turn can begin with these, or go on with all of them. */
  holds(group: readonly Entry[]): boolean {
    if (this.#empty) return true;
    const [{ sharedTokens }] = group as [Entry];
    const alone = group.reduce((sum, { tokens }) => sum + tokens - sharedTokens, sharedTokens);
    return alone <= this.#tokens && group.length <= this.#sequences;
  }

  /** Adds those that the batch lacks. @returns why not all were added */
  take(entries: readonly Entry[]): "turn over" | "batch full" | undefined {
    for (const entry of entries) {
      if (this.#batch.entries.has(entry)) continue;
      const cost = this.#batch.costOf(entry);
      const allowed = this.#empty || (cost <= this.#tokens && this.#sequences > 0);
      if (!allowed) return "turn over";
      if (!this.#batch.fits(entry)) return "batch full";
      this.#batch.add(entry);
      this.#empty = false;
      this.#tokens -= cost;
      this.#sequences--;
    }
    return undefined;
  }
}
