/**
 * The client's clock, which tests replace.
 *
 * @module
 */

/** Reads the time and sets timers. */
export interface ClientClock {
  /** Monotonic time in milliseconds. */
  nowMs(): number;
  /** The time of day, for a `Retry-After` that is a date. */
  date(): Date;
  /** Calls `fire` once after `delayMs`. @returns a function that cancels the timer */
  after(delayMs: number, fire: () => void): () => void;
}

/** The longest delay of a timer; a longer one would fire at once. */
const MOST_DELAY_MS = 2 ** 31 - 1;

/** The machine's clock. */
export const machineClock: ClientClock = {
  nowMs: () => performance.now(),
  date: () => new Date(),
  after(delayMs, fire) {
    const timer = setTimeout(fire, Math.min(delayMs, MOST_DELAY_MS));
    return () => clearTimeout(timer);
  },
};
