/**
 * Time as the HTTP side sees it, so that tests decide when a deadline passes.
 *
 * @module
 */

/** Reads the time and sets timers. */
export interface Clock {
  /** Milliseconds from some fixed moment; never goes back. */
  nowMs(): number;
  /** The time of day, for logs. */
  date(): Date;
  /** Calls `fire` once after `delayMs`. @returns a function that prevents it */
  after(delayMs: number, fire: () => void): () => void;
}

/** The time of the machine. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  date: () => new Date(),
  after(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};
