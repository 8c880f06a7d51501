/**
 * Time as the HTTP side sees it: the batcher's clock, and the time of day for the log.
 *
 * @module
 */

import { type Clock as BatchClock, systemClock as batchClock } from "../batch/clock.ts";

/** Reads the time and sets alarms; tests pass one that they move. */
export interface Clock extends BatchClock {
  /** The time of day. */
  date(): Date;
}

/** The time of the machine. */
export const systemClock: Clock = { ...batchClock, date: () => new Date() };
