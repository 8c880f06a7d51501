/**
 * StageWatch: how far a request has come and how long each stage took, for requests that end before there is
 * an answer to read it off.
 *
 * @module
 */

import type { Clock } from "../batch/clock.ts";
import { type Stage, stages } from "./request_record.ts";

/** Watches one request. */
export class StageWatch {
  readonly #clock: Clock;
  readonly #took = new Map<Stage, number>();
  #stage: Stage | undefined;
  #sinceMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A stage begins, which ends the one before; none that lies behind, as members of a mixture may say it late. */
  begin(stage: Stage): void {
    if (this.#stage !== undefined && stages.indexOf(stage) <= stages.indexOf(this.#stage)) return;
    this.#note();
    this.#stage = stage;
    this.#sinceMs = this.#clock.nowMs();
  }

  /** The stages up to now in milliseconds, in their order; the last is the one that the request is in. */
  get stages(): Readonly<Partial<Record<Stage, number>>> {
    this.#note();
    return Object.fromEntries(this.#took);
  }

  #note(): void {
    if (this.#stage === undefined) return;
    this.#took.set(this.#stage, Math.max(0, this.#clock.nowMs() - this.#sinceMs));
  }
}
