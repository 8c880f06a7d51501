/**
 * A clock that tests move by hand.
 *
 * @module
 */

import type { Clock } from "../../src/batch/clock.ts";

/** Stands still until it is advanced. */
export class FakeClock implements Clock {
  #nowMs = 0;
  readonly #alarms = new Set<{ readonly atMs: number; readonly fire: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  /** The time of day, `nowMs` after the start of 1970. */
  date(): Date {
    return new Date(this.#nowMs);
  }

  after(delayMs: number, fire: () => void): () => void {
    const alarm = { atMs: this.#nowMs + delayMs, fire };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** Alarms that neither fired nor were prevented. */
  get pending(): number {
    return this.#alarms.size;
  }

  /** Moves on, and fires what is due, in its order. */
  advance(ms: number): void {
    this.#nowMs += ms;
    const due = [...this.#alarms].filter((alarm) => alarm.atMs <= this.#nowMs);
    for (const alarm of due.toSorted((a, b) => a.atMs - b.atMs)) {
      this.#alarms.delete(alarm);
      alarm.fire();
    }
  }
}
