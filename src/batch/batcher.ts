/**
 * Batcher: the bounded queue between requests and the engine.
 *
 * There is no wait timer: a batch is whatever is queued when the engine is free, as `plan.ts`
 * chooses. One batch runs on each replica; others, up to the engine's capacity, are handed over early for it to
 * prepare, but only when they are full: nothing that arrives meanwhile could join them.
 *
 * What it holds is bounded: completions by `maxQueued`, tokens by `maxQueuedTokens` and those of one call.
 *
 * @module
 */

import type { Engine } from "../engine/engine.ts";
import type { AbacusError } from "../errors.ts";
import { Admission, type AdmissionLimits } from "./admission.ts";
import { Call } from "./call.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { BatchRecord, Entry, Job, JobResult } from "./entry.ts";
import { cancellation, lateness } from "./endings.ts";
import type { FaultKind } from "./fault.ts";
import { Flights, type KeptAnswers } from "./flights.ts";
import { Forecast } from "./forecast.ts";
import { partOf } from "./lanes.ts";
import { Line } from "./line.ts";
import { type BatchLimits, type BatchPlan, planBatch } from "./plan.ts";
import { runBatch } from "./run_batch.ts";

/** How much may wait, and how much runs at once. */
export interface BatcherLimits extends BatchLimits, AdmissionLimits {}

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
  /** Called after each run of a batch that failed; must not throw. */
  readonly onFault?: (kind: FaultKind) => void;
  /** @default no answer is kept */
  readonly answers?: KeptAnswers | undefined;
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
  /** Called once, when the first of the jobs goes to the engine. */
  readonly onBegin?: (() => void) | undefined;
}

/** The queue at a glance. */
export interface BatcherStats {
  /** Completions that hold a place: being tokenised, waiting or running. */
  readonly admitted: number;
  /** Sequences in the queue. */
  readonly waiting: number;
  /** Tokens of the sequences in the queue. */
  readonly waitingTokens: number;
  /** How long the oldest sequence in the queue has waited; 0 where none does. */
  readonly oldestMs: number;
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
  readonly #onFault: (kind: FaultKind) => void;
  readonly #admission: Admission;
  readonly #line = new Line();
  readonly #flights: Flights;
  readonly #forecast: Forecast;
  #pumping = false;
  #lastBatch: BatchRecord | undefined;
  #drained: PromiseWithResolvers<void> | undefined;

  /** A batcher with an empty queue. */
  constructor(engine: Engine, options: BatcherOptions = {}) {
    const { limits, clock = systemClock, onBatch = () => {}, onFault = () => {}, answers } =
      options;
    this.#engine = engine;
    this.#limits = { ...defaultBatcherLimits, ...limits };
    this.clock = clock;
    this.#onBatch = onBatch;
    this.#onFault = onFault;
    this.#flights = new Flights(this.#line, answers);
    this.#forecast = new Forecast(this.#line, { clock, limits: this.#limits });
    const queue = {
      waitingTokens: () => this.#line.tokens,
      retryAfterS: () => this.#retryAfterS(),
    };
    this.#admission = new Admission(this.#limits, queue, () => this.#checkDrained());
  }

  /** The queue as it is now. */
  get stats(): BatcherStats {
    return {
      admitted: this.#admission.admitted,
      waiting: this.#line.length,
      waitingTokens: this.#line.tokens,
      oldestMs: this.#line.length === 0 ? 0 : Math.max(0, this.clock.nowMs() - this.#line.oldestMs),
      running: this.#forecast.running,
      lastBatch: this.#lastBatch,
    };
  }

  /**
   * Takes places for `count` completions, all or none, before anything is spent on them. They are
   * free again once the permit is disposed of.
   *
   * @throws {AbacusError} `overloaded` where there is no room now, or the deadline would pass before the
   * answer by all that is known; `too_large` where there never is room
   */
  admit(
    count: number,
    { deadlineMs = Infinity }: Pick<SubmitOptions, "deadlineMs"> = {},
  ): Disposable {
    const permit = this.#admission.admit(count);
    const refusal = this.#late({ count, tokens: 0, deadlineMs });
    if (refusal === undefined) return permit;
    permit[Symbol.dispose]();
    throw refusal;
  }

  /** Why not one completion would be admitted, `overloaded`; undefined where there is a place. */
  get refusal(): AbacusError | undefined {
    return this.#admission.refusal(1);
  }

  /** Tokens that one more completion of a call may plan at most, that has planned so many for others. */
  mostPlanned(plannedTokens: number): number {
    return this.#admission.mostPlanned(plannedTokens);
  }

  /** Checks what one completion plans. @throws {AbacusError} `too_large` */
  requirePlan(plannedTokens: number): void {
    this.#admission.requirePlan(plannedTokens);
  }

  /**
   * Checks that there is room for what a call plans beside its completions. Completions are admitted
   * before they are tokenised, and a plan is known only after that.
   *
   * @throws {AbacusError} `overloaded` where there is no room now, `too_large` where there never is
   */
  requireRoom(plannedTokens: number): void {
    this.#admission.requireRoom(plannedTokens);
  }

  /**
   * Computes `jobs`, each once its call's turn comes (`plan.ts` states how late that is). The caller
   * holds a permit for them. What another job asks that waits or runs is computed once, for both.
   *
   * @returns in the order of `jobs`, each answer or the error in its place; never rejects
   */
  async submit(jobs: readonly Job[], options: SubmitOptions = {}): Promise<JobResult[]> {
    const { signal, deadlineMs = Infinity, onBegin } = options;
    const call = new Call({ arrivedMs: this.clock.nowMs(), deadlineMs, onBegin });
    const tokens = jobs.reduce((sum, { query }) => sum + query.ids.length, 0);
    const refusal = signal?.aborted
      ? cancellation(signal)
      : this.#late({ count: jobs.length, tokens, deadlineMs });
    if (refusal !== undefined) return jobs.map(() => refusal);
    this.#flights.board(call, jobs);
    const cancel = () => this.#end(call, cancellation(signal));
    signal?.addEventListener("abort", cancel, { once: true });
    const silence = deadlineMs === Infinity ? () => {} : this.clock.after(
      Math.max(0, deadlineMs - call.arrivedMs),
      () => this.#end(call, lateness()),
    );
    this.#pumpSoon();
    const results = await Promise.all(call.seats.map(({ result }) => result));
    signal?.removeEventListener("abort", cancel);
    silence();
    return results;
  }

  /** Refuses new requests and waits until every admitted one has its answer. */
  drain(): Promise<void> {
    this.#admission.close();
    this.#drained ??= Promise.withResolvers();
    this.#checkDrained();
    return this.#drained.promise;
  }

  #end(call: Call, error: AbacusError): void {
    this.#flights.end(call, error);
    this.#checkDrained();
  }

  /** In a microtask, so that what is submitted in the same turn can share the batch. */
  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  /** Hands the engine as many batches as it takes. */
  #pump(): void {
    this.#expire();
    const { capacity, states = ["ready"] } = this.#engine;
    while (this.#forecast.running < capacity) {
      const freeLanes = states.length - this.#forecast.running;
      const plan = partOf(planBatch<Entry, Call>(this.#line.calls, this.#limits), freeLanes);
      if (plan.batch.length === 0 || (freeLanes <= 0 && !plan.full)) break;
      this.#line.take(plan);
      void this.#run(plan);
    }
  }

  /** A timer may be late, and what has expired must not cost anything. */
  #expire(): void {
    const nowMs = this.clock.nowMs();
    for (const call of this.#line.calls) {
      if (call.deadlineMs <= nowMs) this.#end(call, lateness());
    }
  }

  async #run({ batch, full }: BatchPlan<Entry, Call>): Promise<void> {
    const done = this.#forecast.begin(batch, { full });
    for (const entry of batch) entry.onBegin();
    let answered = 0;
    const onBatch = (record: BatchRecord) => {
      answered += record.tokens;
      this.#lastBatch = record;
      this.#onBatch(record);
    };
    const onFault = this.#onFault;
    await runBatch(batch, { engine: this.#engine, clock: this.clock, onBatch, onFault });
    done(answered);
    this.#pump();
    this.#checkDrained();
  }

  /** The error of a call whose deadline would pass by all that is known. */
  #late({ count, tokens, deadlineMs }: Asked): AbacusError | undefined {
    const late = this.#forecast.late(tokens, deadlineMs);
    if (late === undefined) return undefined;
    const why =
      `the answer would come in about ${Math.ceil(late.expectedMs)} ms, and the deadline ` +
      `is in ${Math.floor(late.leftMs)} ms`;
    return this.#admission.overloaded(why, count, asRetryS(late.expectedMs - late.leftMs));
  }

  get #idle(): boolean {
    return this.#line.length === 0 && this.#forecast.running === 0;
  }

  #checkDrained(): void {
    if (this.#admission.admitted === 0 && this.#idle) this.#drained?.resolve();
  }

  /** How long what waits will take, at the pace of late or of the last batch. */
  #retryAfterS(): number {
    const { inferenceMs, tokens } = this.#lastBatch ?? { inferenceMs: 0, tokens: 1 };
    const tokensPerMs = this.#forecast.tokensPerMs ?? tokens / inferenceMs;
    return asRetryS(this.#line.tokens / tokensPerMs);
  }
}

/** A call as far as its wait is concerned. */
interface Asked {
  readonly count: number;
  /** 0 where they are not known yet. */
  readonly tokens: number;
  readonly deadlineMs: number;
}

/** At least 1, and at most 60: much may have changed by then. */
function asRetryS(ms: number): number {
  return Math.min(60, Math.max(1, Math.ceil(ms / 1_000)));
}
