/**
 * Batcher: the bounded queue between requests and the engine.
 *
 * There is no wait timer: a batch is whatever is queued when the engine is free, as `plan.ts`
 * chooses. One batch runs; others, up to the engine's capacity, are handed over early for it to
 * prepare, but only when they are full: nothing that arrives meanwhile could join them.
 *
 * @module
 */

import type { Engine } from "../engine/engine.ts";
import { AbacusError } from "../errors.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type BatchRecord, Entry, type Job, type JobResult } from "./entry.ts";
import { type BatchLimits, planBatch } from "./plan.ts";
import { runBatch } from "./run_batch.ts";

/** How much may wait, and how much runs at once. */
export interface BatcherLimits extends BatchLimits {
  /** Completions that may be admitted at a time, whether they wait, run or are being tokenised. */
  readonly maxQueued: number;
  /** Tokens above which nothing more is admitted until some have been computed. */
  readonly maxQueuedTokens: number;
  /** Tokens that one call may have computed beside its completions, to compare them with. */
  readonly maxPlannedTokens: number;
}

/** The limits unless others are set. */
export const defaultBatcherLimits: BatcherLimits = {
  maxTokens: 16_384,
  maxSequences: 512,
  maxQueued: 8_192,
  maxQueuedTokens: 4_194_304,
  maxPlannedTokens: 2_097_152,
};

/** Options of {@linkcode Batcher}. */
export interface BatcherOptions {
  /** Limits other than {@linkcode defaultBatcherLimits}. */
  readonly limits?: Partial<BatcherLimits>;
  /** @default systemClock */
  readonly clock?: Clock;
  /** Called after each batch that succeeded; must not throw. */
  readonly onBatch?: (batch: BatchRecord) => void;
}

/** How a submission may end early. */
export interface SubmitOptions {
  /**
   * Once aborted, jobs are dropped: they fail with its reason if that is an error of ours, as
   * `cancelled` otherwise.
   */
  readonly signal?: AbortSignal | undefined;
  /** The moment, on the batcher's clock, from which jobs fail as `deadline_exceeded`. */
  readonly deadlineMs?: number | undefined;
}

/** The queue at a glance. */
export interface BatcherStats {
  /** Completions that hold a place: being tokenised, waiting or running. */
  readonly admitted: number;
  /** Sequences in the queue. */
  readonly waiting: number;
  /** Tokens of the sequences in the queue. */
  readonly waitingTokens: number;
  /** Batches that the engine holds. */
  readonly running: number;
  /** The last batch that succeeded, if there was one. */
  readonly lastBatch: BatchRecord | undefined;
}

/** Owns the queue; does not own the engine. */
export class Batcher {
  /** The clock that deadlines are read from. */
  readonly clock: Clock;
  readonly #engine: Engine;
  readonly #limits: BatcherLimits;
  readonly #onBatch: (batch: BatchRecord) => void;
  /** In the order of arrival. */
  #waiting: Entry[] = [];
  #waitingTokens = 0;
  #admitted = 0;
  #running = 0;
  #lastBatch: BatchRecord | undefined;
  #drained: PromiseWithResolvers<void> | undefined;

  /** A batcher with an empty queue. */
  constructor(engine: Engine, { limits, clock = systemClock, onBatch }: BatcherOptions = {}) {
    this.#engine = engine;
    this.#limits = { ...defaultBatcherLimits, ...limits };
    this.clock = clock;
    this.#onBatch = onBatch ?? (() => {});
  }

  /** The queue as it is now. */
  get stats(): BatcherStats {
    return {
      admitted: this.#admitted,
      waiting: this.#waiting.length,
      waitingTokens: this.#waitingTokens,
      running: this.#running,
      lastBatch: this.#lastBatch,
    };
  }

  /**
   * Takes places for `count` completions, all or none, before anything is spent on them. They are
   * free again once the permit is disposed of.
   *
   * @throws {AbacusError} `overloaded` where there is no room now, `too_large` where there never is
   */
  admit(count: number): Disposable {
    const { maxQueued, maxQueuedTokens } = this.#limits;
    if (this.#drained !== undefined) throw this.#overloaded("the server is shutting down", count);
    if (count > maxQueued) {
      throw new AbacusError(
        "too_large",
        `Cannot admit as at most ${maxQueued} completions fit into the queue: received ${count}`,
      );
    }
    if (this.#admitted + count > maxQueued || this.#waitingTokens >= maxQueuedTokens) {
      throw this.#overloaded("the queue is full", count);
    }
    this.#admitted += count;
    return this.#permit(count);
  }

  /**
   * Checks that there is room for what a call plans beside its completions. Completions are admitted
   * before they are tokenised, and a plan is known only after that.
   *
   * @throws {AbacusError} `overloaded` where there is no room now, `too_large` where there never is
   */
  requireRoom(plannedTokens: number): void {
    const { maxQueuedTokens, maxPlannedTokens } = this.#limits;
    if (plannedTokens > maxPlannedTokens) {
      throw new AbacusError(
        "too_large",
        `Cannot assign credit as one request may plan at most ${maxPlannedTokens} tokens ` +
          `(--max-credit-tokens): received ${plannedTokens}`,
        { path: "credit.method" },
      );
    }
    if (plannedTokens > 0 && this.#waitingTokens + plannedTokens > maxQueuedTokens) {
      throw this.#overloaded("the queue has no room for these tokens", plannedTokens);
    }
  }

  /**
   * Computes `jobs`, each in the first batch that has room for it. The caller holds a permit for them.
   *
   * @returns in the order of `jobs`, each answer or the error in its place; never rejects
   */
  async submit(jobs: readonly Job[], options: SubmitOptions = {}): Promise<JobResult[]> {
    const { signal, deadlineMs = Infinity } = options;
    const arrivedMs = this.clock.nowMs();
    const entries = jobs.map((job) => new Entry(job, { deadlineMs, arrivedMs }));
    for (const entry of entries) this.#enqueue(entry);
    const cancel = () => this.#drop(entries, cancellation(signal));
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted) cancel();
    const expire = () => this.#drop(entries, lateness());
    const silence = deadlineMs === Infinity
      ? () => {}
      : this.clock.after(Math.max(0, deadlineMs - arrivedMs), expire);
    // In a microtask, so that what is submitted in the same turn can share the batch.
    queueMicrotask(() => this.#pump());
    const results = await Promise.all(entries.map((entry) => entry.result));
    signal?.removeEventListener("abort", cancel);
    silence();
    return results;
  }

  /** Refuses new requests and waits until every admitted one has its answer. */
  drain(): Promise<void> {
    this.#drained ??= Promise.withResolvers();
    this.#checkDrained();
    return this.#drained.promise;
  }

  /** Hands the engine as many batches as it takes. */
  #pump(): void {
    while (this.#running < this.#engine.capacity) {
      const plan = planBatch(this.#waiting, {
        limits: this.#limits,
        nowMs: this.clock.nowMs(),
      });
      if (plan.expired.length > 0) this.#drop(plan.expired, lateness());
      const full = plan.rest.length > 0;
      if (plan.batch.length === 0 || (this.#running > 0 && !full)) break;
      this.#keep(plan.rest);
      void this.#run(plan.batch);
    }
  }

  async #run(entries: readonly Entry[]): Promise<void> {
    this.#running++;
    const onBatch = (batch: BatchRecord) => {
      this.#lastBatch = batch;
      this.#onBatch(batch);
    };
    await runBatch(entries, { engine: this.#engine, clock: this.clock, onBatch });
    this.#running--;
    this.#pump();
    this.#checkDrained();
  }

  #drop(entries: readonly Entry[], error: AbacusError): void {
    for (const entry of entries) entry.settle(error);
    this.#keep(this.#waiting.filter((entry) => !entry.settled));
    this.#checkDrained();
  }

  #enqueue(entry: Entry): void {
    this.#waiting.push(entry);
    this.#waitingTokens += entry.tokens;
  }

  #keep(entries: readonly Entry[]): void {
    this.#waiting = [...entries];
    this.#waitingTokens = entries.reduce((total, entry) => total + entry.tokens, 0);
  }

  #permit(count: number): Disposable {
    let held = count;
    return {
      [Symbol.dispose]: () => {
        this.#admitted -= held;
        held = 0;
        this.#checkDrained();
      },
    };
  }

  #checkDrained(): void {
    if (this.#admitted === 0 && this.#running === 0 && this.#waiting.length === 0) {
      this.#drained?.resolve();
    }
  }

  #overloaded(why: string, count: number): AbacusError {
    return new AbacusError(
      "overloaded",
      `Cannot admit as ${why}, with ${this.#admitted} completions admitted: received ${count}`,
      { retryAfterS: this.#retryAfterS() },
    );
  }

  /** How long what waits will take, at the pace of the last batch; 1 to 60 seconds. */
  #retryAfterS(): number {
    const { inferenceMs, tokens } = this.#lastBatch ?? { inferenceMs: 0, tokens: 1 };
    const seconds = this.#waitingTokens * inferenceMs / tokens / 1_000;
    return Math.min(60, Math.max(1, Math.ceil(seconds)));
  }
}

function cancellation(signal: AbortSignal | undefined): AbacusError {
  const reason: unknown = signal?.reason;
  if (reason instanceof AbacusError) return reason;
  return new AbacusError("cancelled", "Cannot score as the caller left", { cause: reason });
}

function lateness(): AbacusError {
  return new AbacusError("deadline_exceeded", "Cannot score as the deadline has passed");
}
