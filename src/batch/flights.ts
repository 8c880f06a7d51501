/**
 * Flights: queries that wait or run, by what they ask. Whoever asks the same meanwhile takes a seat in
 * the flight and is answered with it: the model says the same of the same tokens (law 2).
 *
 * @module
 */

import type { SequenceOutput } from "../engine/engine.ts";
import { AbacusError } from "../errors.ts";
import type { Call, Seat } from "./call.ts";
import { Entry, type Job, type JobResult } from "./entry.ts";
import type { Line } from "./line.ts";
import { queryKey } from "./query_key.ts";

/** Answers of earlier queries, by their keys. */
export interface KeptAnswers {
  get(key: string): SequenceOutput | undefined;
  keep(key: string, output: SequenceOutput): void;
}

/** One query on its way, and everybody who waits for it. */
export class Flight {
  readonly key: string;
  readonly entry: Entry;
  /** In the order in which they came. */
  readonly #seats = new Set<Seat>();
  #begun = false;

  constructor(key: string, entry: Entry) {
    this.key = key;
    this.entry = entry;
    entry.onBegin = () => this.#begin();
  }

  /** The call in whose turn it is computed, the first of those that wait; none where all have left. */
  get payer(): Call | undefined {
    const [first] = this.#seats;
    return first?.call;
  }

  board(seat: Seat): void {
    seat.flight = this;
    this.#seats.add(seat);
    if (this.#begun) seat.call.begin();
  }

  leave(seat: Seat): void {
    this.#seats.delete(seat);
  }

  /** Answers everybody. Whoever came later has waited less, and nothing was computed for them. */
  land(result: JobResult): void {
    for (const [at, seat] of [...this.#seats].entries()) {
      seat.settle(at === 0 ? result : shared(result, seat.call.arrivedMs - this.entry.arrivedMs));
    }
    this.#seats.clear();
  }

  #begin(): void {
    this.#begun = true;
    for (const { call } of this.#seats) call.begin();
  }
}

function shared(result: JobResult, laterMs: number): JobResult {
  if (result instanceof AbacusError) return result;
  return { ...result, queueMs: Math.max(0, result.queueMs - laterMs), reused: "inFlight" };
}

/** Every flight, by what it asks; puts entries into the line and takes them out. */
export class Flights {
  readonly #line: Line;
  readonly #answers: KeptAnswers | undefined;
  readonly #byKey = new Map<string, Flight>();

  constructor(line: Line, answers?: KeptAnswers) {
    this.#line = line;
    this.#answers = answers;
  }

  /** Seats the jobs of a call: with a kept answer, beside who asks the same, or in flights of their own. */
  board(call: Call, jobs: readonly Job[]): void {
    const opened = jobs.flatMap((job) => {
      const seat = call.seat();
      const key = queryKey(job.query);
      const output = this.#answers?.get(key);
      if (output !== undefined) {
        seat.settle({ output, queueMs: 0, reused: "kept" });
        return [];
      }
      const known = this.#byKey.get(key);
      const flight = known ?? this.#open(key, new Entry(job, call));
      flight.board(seat);
      return known === undefined ? flight.entry : [];
    });
    this.#line.add(call, opened);
  }

  /** Settles what is left of a call, and takes out of the line what nobody else waits for. */
  end(call: Call, error: AbacusError): void {
    for (const seat of call.seats) {
      seat.settle(error);
      seat.flight?.leave(seat);
    }
    const waiting = call.seats.flatMap(({ flight }) =>
      flight !== undefined && this.#line.has(flight.entry) ? flight : []
    );
    this.#line.settle(waiting);
    for (const { key, payer } of waiting) {
      if (payer === undefined) this.#byKey.delete(key);
    }
  }

  #open(key: string, entry: Entry): Flight {
    const flight = new Flight(key, entry);
    this.#byKey.set(key, flight);
    void entry.result.then((result) => this.#land(flight, result));
    return flight;
  }

  #land(flight: Flight, result: JobResult): void {
    this.#byKey.delete(flight.key);
    flight.land(result);
    if (!(result instanceof AbacusError)) this.#answers?.keep(flight.key, result.output);
  }
}
