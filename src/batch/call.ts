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

/** What is known of a call when it comes. */
export interface CallOptions {
  readonly arrivedMs: number;
  readonly deadlineMs: number;
  /** Called once, when the first of its jobs goes to the engine. @default nobody wants to know */
  readonly onBegin?: (() => void) | undefined;
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
  readonly #onBegin: () => void;
  #begun = false;

  constructor({ arrivedMs, deadlineMs, onBegin = () => {} }: CallOptions) {
    this.arrivedMs = arrivedMs;
    this.deadlineMs = deadlineMs;
    this.#onBegin = onBegin;
  }

  /** The engine begins with one of its jobs; only the first time counts. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#onBegin();
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
