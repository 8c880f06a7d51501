/**
 * Time as the batcher sees it, so that tests decide when a deadline passes.
 *
 * @module
 */

/** Reads the time and sets alarms. */
export interface Clock {
  /** Milliseconds from some fixed moment; never goes back. */
  nowMs(): number;
  /** Calls `fire` once after `delayMs`. @returns a function that prevents it */
  after(delayMs: number, fire: () => void): () => void;
}

/** The longest delay that timers of the platform can count; more would fire at once. */
const MOST_DELAY_MS = 2 ** 31 - 1;

/** The time of the machine. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, fire) {
    const alarm = setTimeout(fire, Math.min(delayMs, MOST_DELAY_MS));
    return () => clearTimeout(alarm);
  },
};
