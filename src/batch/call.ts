/**
 * Call: one submission in the queue. It has a seat for every job, and all that are left end together
 * when its caller leaves or its deadline passes.
 *
 * @module
 */

import type { Entry, JobResult } from "./entry.ts";
import type { Flight } from "./flights.ts";
import type { WaitingCall } from "./plan.ts";

/** Where one job of a call waits for its answer. */
export class Seat {
  readonly call: Call;
  /** What it waits for; nothing where the answer was kept. */
  flight: Flight | undefined;
  /** Never rejects. */
  readonly result: Promise<JobResult>;
  readonly #resolve: (result: JobResult) => void;

  constructor(call: Call) {
    this.call = call;
    ({ promise: this.result, resolve: this.#resolve } = Promise.withResolvers<JobResult>());
  }

  /** Settles the job; only the first call counts. */
  settle(result: JobResult): void {
    this.#resolve(result);
  }
}

/** The jobs of one caller. */
export class Call implements WaitingCall<Entry> {
  /** Those that wait for the engine on its account, in order; the line changes it. */
  entries: readonly Entry[] = [];
  /** One per job, in their order. */
  readonly seats: Seat[] = [];
  /** When it was submitted, on the batcher's clock. */
  readonly arrivedMs: number;
  /** When its answers become useless, on the same clock. */
  readonly deadlineMs: number;

  constructor({ arrivedMs, deadlineMs }: { arrivedMs: number; deadlineMs: number }) {
    this.arrivedMs = arrivedMs;
    this.deadlineMs = deadlineMs;
  }

  /** A seat for the next of its jobs. */
  seat(): Seat {
    const seat = new Seat(this);
    this.seats.push(seat);
    return seat;
  }

  /** Tokens that wait on its account. */
  get tokens(): number {
    return this.entries.reduce((sum, { tokens }) => sum + tokens, 0);
  }
}
