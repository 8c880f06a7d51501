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

/** What is to be done, and when. */
interface Alarm {
  readonly atMs: number;
  fire(): void;
}

/**
 * Alarms on one timer of the platform. Most deadlines are far off and never come, and a timer for each of
 * them costs more than all the rest of having one.
 */
class Alarms {
  readonly #alarms = new Set<Alarm>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wakesMs = Infinity;

  after(delayMs: number, fire: () => void): () => void {
    const alarm = { atMs: performance.now() + Math.max(0, delayMs), fire };
    this.#alarms.add(alarm);
    if (alarm.atMs < this.#wakesMs) this.#wakeAt(alarm.atMs);
    return () => {
      // One that is called off among others leaves the timer as it is, which then finds nothing due.
      if (this.#alarms.delete(alarm) && this.#alarms.size === 0) this.#wakeAt(Infinity);
    };
  }

  #wakeAt(atMs: number): void {
    clearTimeout(this.#timer);
    this.#wakesMs = atMs;
    if (atMs === Infinity) return;
    const delayMs = Math.min(MOST_DELAY_MS, Math.max(0, Math.ceil(atMs - performance.now())));
    this.#timer = setTimeout(() => this.#wake(), delayMs);
  }

  #wake(): void {
    const nowMs = performance.now();
    const alarms = [...this.#alarms];
    const due = alarms.filter(({ atMs }) => atMs <= nowMs);
    const nextMs = alarms.reduce(
      (next, { atMs }) => atMs <= nowMs ? next : Math.min(next, atMs),
      Infinity,
    );
    this.#wakeAt(nextMs);
    for (const alarm of due) {
      if (this.#alarms.delete(alarm)) alarm.fire(); // unless one that fired before has called it off
    }
  }
}

const alarms = new Alarms();

/** The time of the machine. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after: (delayMs, fire) => alarms.after(delayMs, fire),
};
