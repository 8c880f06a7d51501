/**
 * Entry: one sequence in the queue, and the promise of its answer. Several callers may wait for the same
 * one (`flights.ts`); it does not know them.
 *
 * @module
 */

import type { Query, SequenceOutput } from "../engine/engine.ts";
import type { AbacusError } from "../errors.ts";
import type { Waiting } from "./plan.ts";

/** One sequence to be computed. */
export interface Job {
  /** What the engine is asked. */
  readonly query: Query;
  /** Jobs of one group begin with the same `sharedTokens` tokens. */
  readonly group: string;
  /** 0 where nothing can be shared. */
  readonly sharedTokens: number;
}

/** What a batch was and what it cost. */
export interface BatchRecord {
  /** How many sequences it had. */
  readonly sequences: number;
  /** Tokens of all its sequences. */
  readonly tokens: number;
  /** Tokens that went through the model. */
  readonly computedTokens: number;
  /** As the engine measured it. */
  readonly inferenceMs: number;
}

/** What became of a job that went well. */
export interface JobAnswer {
  /** What the model said. */
  readonly output: SequenceOutput;
  /** From submission until the model began with it. */
  readonly queueMs: number;
  /** The batch it ran in; the same object for every job of that batch. Absent for a kept answer. */
  readonly batch?: BatchRecord;
  /**
   * Present where nothing was computed for this job: another had asked the same and waited or ran
   * (`inFlight`), or the answer to an earlier one was kept (`kept`).
   */
  readonly reused?: "inFlight" | "kept";
}

/** An answer, or why there is none. */
export type JobResult = JobAnswer | AbacusError;

/** A sequence in the queue. Its result is settled once; what comes later is dropped. */
export class Entry implements Waiting {
  readonly query: Query;
  readonly group: string;
  readonly sharedTokens: number;
  readonly tokens: number;
  /** When it was first submitted, on the batcher's clock. */
  readonly arrivedMs: number;
  /** Called when it goes to the engine. */
  onBegin: () => void = () => {};
  /** Never rejects. */
  readonly result: Promise<JobResult>;
  readonly #resolve: (result: JobResult) => void;
  #settled = false;

  constructor(job: Job, { arrivedMs }: { arrivedMs: number }) {
    this.query = job.query;
    this.group = job.group;
    this.sharedTokens = job.sharedTokens;
    this.tokens = job.query.ids.length;
    this.arrivedMs = arrivedMs;
    const { promise, resolve } = Promise.withResolvers<JobResult>();
    this.result = promise;
    this.#resolve = resolve;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Settles the result; only the first call counts. */
  settle(result: JobResult): void {
    this.#settled = true;
    this.#resolve(result);
  }
}
