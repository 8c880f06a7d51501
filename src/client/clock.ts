/**
 * Time as the client sees it, so that tests decide when it passes.
 *
 * @module
 */

/** Reads the time and sets alarms. */
export interface ClientClock {
  /** Milliseconds from some fixed moment; never goes back. */
  nowMs(): number;
  /** The time of day, for a `Retry-After` that is a date. */
  date(): Date;
  /** Calls `fire` once after `delayMs`. @returns a function that prevents it */
  after(delayMs: number, fire: () => void): () => void;
}

/** The longest delay that timers can count; they would fire a longer one at once. */
const MOST_DELAY_MS = 2 ** 31 - 1;

/** The time of the machine. */
export const machineClock: ClientClock = {
  nowMs: () => performance.now(),
  date: () => new Date(),
  after(delayMs, fire) {
    const alarm = setTimeout(fire, Math.min(delayMs, MOST_DELAY_MS));
    return () => clearTimeout(alarm);
  },
};
