/**
 * Pace: how fast the engine works through a full queue, and what can be told from it about a wait.
 *
 * @module
 */

/** A batch that the engine has finished. */
export interface FinishedBatch {
  /** Of all its sequences, whether computed or shared. */
  readonly tokens: number;
  /** When the engine was given it. */
  readonly givenMs: number;
  /** Now. */
  readonly endedMs: number;
  /** Whether more waited than it had room for. */
  readonly full: boolean;
}

/** What a batch counts for after the next one. */
const DECAY = 0.8;

/**
 * Tokens per millisecond of late. Full batches alone are counted: a small one is slow for its size and
 * says nothing of a long queue, and who is refused for it is refused for nothing.
 */
export class Pace {
  #tokens = 0;
  #busyMs = 0;
  #lastEndMs = -Infinity;

  /** Not known before the first full batch. */
  get tokensPerMs(): number | undefined {
    return this.#busyMs > 0 ? this.#tokens / this.#busyMs : undefined;
  }

  /** Since when the engine has been at batches that it was given at these moments, at least one. */
  since(givenMs: readonly number[]): number {
    return Math.max(this.#lastEndMs, Math.min(...givenMs));
  }

  /** Counts a batch. Of batches that run beside each other only the time that each adds counts. */
  record({ tokens, givenMs, endedMs, full }: FinishedBatch): void {
    const busyMs = endedMs - Math.max(givenMs, this.#lastEndMs);
    this.#lastEndMs = endedMs;
    if (!full) return;
    this.#tokens = this.#tokens * DECAY + tokens;
    this.#busyMs = this.#busyMs * DECAY + busyMs;
  }
}

/** What stands between a call and its answers. */
export interface Load {
  /** Tokens of the batches that the engine holds. */
  readonly runningTokens: number;
  /** How long it has been at them. */
  readonly runningMs: number;
  /** Tokens that wait, of each call that does; or of all in sum, of which none is then left out. */
  readonly waiting: readonly number[] | number;
  /** Tokens that a call has computed in its turn. */
  readonly turnTokens: number;
  /** Tokens of the call itself; 0 where they are not known yet. */
  readonly ownTokens: number;
}

/**
 * How long a call takes from now, at this pace, if nothing else comes. As calls take turns, another one
 * stands in the way with one turn more than the call needs itself at most.
 *
 * Where something is not known it counts as little: to wait in vain costs less than to be refused in vain.
 *
 * @example A single completion waits for one turn of a long call
 * ```ts
 * import { estimateMs } from "./pace.ts";
 * import assert from "node:assert/strict";
 *
 * const load = { runningTokens: 0, runningMs: 0, turnTokens: 2_000, ownTokens: 100 };
 * assert.equal(estimateMs({ ...load, waiting: [1_000_000] }, 10), 220);
 * ```
 */
export function estimateMs(load: Load, tokensPerMs: number): number {
  const most = load.ownTokens + load.turnTokens;
  const ahead = typeof load.waiting === "number"
    ? load.waiting
    : load.waiting.reduce((sum, each) => sum + Math.min(each, most), 0);
  const tokens = ahead + load.ownTokens;
  return Math.max(0, load.runningTokens / tokensPerMs - load.runningMs) + tokens / tokensPerMs;
}
