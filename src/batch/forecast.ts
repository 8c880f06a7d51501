/**
 * Forecast: whether a call would be answered in time, by what waits, what runs and the pace of late.
 *
 * @module
 */

import type { Clock } from "./clock.ts";
import type { Entry } from "./entry.ts";
import type { Line } from "./line.ts";
import { estimateMs, Pace } from "./pace.ts";
import { type BatchLimits, turnTokens } from "./plan.ts";

/** A call that would come too late. */
export interface Late {
  /** When its answer can be expected, in milliseconds from now. */
  readonly expectedMs: number;
  /** When it becomes useless. */
  readonly leftMs: number;
}

/** Knows what runs and how fast. */
export class Forecast {
  readonly #line: Line;
  readonly #clock: Clock;
  readonly #limits: BatchLimits;
  readonly #pace = new Pace();
  readonly #running = new Set<{ readonly tokens: number; readonly givenMs: number }>();

  constructor(line: Line, { clock, limits }: { clock: Clock; limits: BatchLimits }) {
    this.#line = line;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Batches that the engine holds. */
  get running(): number {
    return this.#running.size;
  }

  /** As {@linkcode Pace.tokensPerMs}. */
  get tokensPerMs(): number | undefined {
    return this.#pace.tokensPerMs;
  }

  /**
   * The engine is given a batch.
   *
   * @returns what must be told once it has ended, with the tokens of what was answered
   */
  begin(batch: readonly Entry[], { full }: { full: boolean }): (answeredTokens: number) => void {
    const tokens = batch.reduce((sum, entry) => sum + entry.tokens, 0);
    const given = { tokens, givenMs: this.#clock.nowMs() };
    this.#running.add(given);
    return (answeredTokens) => {
      this.#running.delete(given);
      const endedMs = this.#clock.nowMs();
      this.#pace.record({ tokens: answeredTokens, givenMs: given.givenMs, endedMs, full });
    };
  }

  /**
   * Says when a call would come too late. An engine that is idle takes any call, and where no pace is
   * known nothing is said.
   *
   * @param ownTokens the call's, 0 where they are not known yet
   * @param deadlineMs the moment, on the clock
   */
  late(ownTokens: number, deadlineMs: number): Late | undefined {
    const { tokensPerMs } = this.#pace;
    const idle = this.#line.length === 0 && this.running === 0;
    if (deadlineMs === Infinity || tokensPerMs === undefined || idle) return undefined;
    const leftMs = deadlineMs - this.#clock.nowMs();
    const load = { ...this.#runningLoad(), turnTokens: turnTokens(this.#limits), ownTokens };
    // By their sum first: calls may be many.
    if (estimateMs({ ...load, waiting: this.#line.tokens }, tokensPerMs) <= leftMs) {
      return undefined;
    }
    const waiting = this.#line.calls.map(({ tokens }) => tokens);
    const expectedMs = estimateMs({ ...load, waiting }, tokensPerMs);
    return expectedMs <= leftMs ? undefined : { expectedMs, leftMs };
  }

  #runningLoad(): { runningTokens: number; runningMs: number } {
    if (this.running === 0) return { runningTokens: 0, runningMs: 0 };
    const running = [...this.#running];
    return {
      runningTokens: running.reduce((sum, { tokens }) => sum + tokens, 0),
      runningMs: this.#clock.nowMs() - this.#pace.since(running.map(({ givenMs }) => givenMs)),
    };
  }
}
