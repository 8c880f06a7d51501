/**
 * Admission: the places of a queue, taken before anything is spent on a completion.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";

/** How much may be taken on at a time. */
export interface AdmissionLimits {
  /** Completions that may be admitted at a time, whether they wait, run or are being tokenised. */
  readonly maxQueued: number;
  /** Tokens above which nothing more is admitted until some have been computed. */
  readonly maxQueuedTokens: number;
  /** Tokens that one call may have computed beside its completions, to compare them with. */
  readonly maxPlannedTokens: number;
  /** Tokens that one completion may, for calls of many rows that are requests of their own. @default no limit */
  readonly maxPlannedEach?: number;
}

/** What the queue says of itself when it is asked for places. */
export interface QueueState {
  readonly waitingTokens: () => number;
  /** When it will be worth asking again. */
  readonly retryAfterS: () => number;
}

/** Counts places; refuses by errors. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #queue: QueueState;
  /** Called whenever places have become free. */
  readonly #onFree: () => void;
  #admitted = 0;
  #closed = false;

  constructor(limits: AdmissionLimits, queue: QueueState, onFree: () => void) {
    this.#limits = limits;
    this.#queue = queue;
    this.#onFree = onFree;
  }

  /** Completions that hold a place. */
  get admitted(): number {
    return this.#admitted;
  }

  /** Nothing is admitted from here on. */
  close(): void {
    this.#closed = true;
  }

  /**
   * Takes places, all or none.
   *
   * @throws {AbacusError} `overloaded` where there is no room now, `too_large` where there never is
   */
  admit(count: number): Disposable {
    const { maxQueued } = this.#limits;
    if (count > maxQueued) {
      throw new AbacusError(
        "too_large",
        `Cannot admit as at most ${maxQueued} completions fit into the queue: received ${count}`,
      );
    }
    const refusal = this.refusal(count);
    if (refusal !== undefined) throw refusal;
    this.#admitted += count;
    return this.#permit(count);
  }

  /** Why as many cannot be admitted now, as `overloaded`; undefined where they can. */
  refusal(count: number): AbacusError | undefined {
    const { maxQueued, maxQueuedTokens } = this.#limits;
    if (this.#closed) return this.overloaded("the server is shutting down", count);
    const room = this.#admitted + count <= maxQueued &&
      this.#queue.waitingTokens() < maxQueuedTokens;
    return room ? undefined : this.overloaded("the queue is full", count);
  }

  /** As `Batcher.mostPlanned`: with more, one of the two checks below throws. */
  mostPlanned(plannedTokens: number): number {
    const { maxPlannedTokens, maxPlannedEach = Infinity } = this.#limits;
    return Math.min(maxPlannedEach, maxPlannedTokens - plannedTokens);
  }

  /** @throws {AbacusError} `too_large` where one completion plans more than it may */
  requirePlan(plannedTokens: number): void {
    const { maxPlannedEach = Infinity } = this.#limits;
    if (plannedTokens > maxPlannedEach) {
      throw planTooLarge("completion", { most: maxPlannedEach, received: plannedTokens });
    }
  }

  /** @throws {AbacusError} as `Batcher.requireRoom` */
  requireRoom(plannedTokens: number): void {
    const { maxQueuedTokens, maxPlannedTokens } = this.#limits;
    if (plannedTokens > maxPlannedTokens) {
      throw planTooLarge("request", { most: maxPlannedTokens, received: plannedTokens });
    }
    if (plannedTokens > 0 && this.#queue.waitingTokens() + plannedTokens > maxQueuedTokens) {
      throw this.overloaded("the queue has no room for these tokens", plannedTokens);
    }
  }

  /** The error of a call that cannot be taken on now. @param retryAfterS @default what the queue says */
  overloaded(why: string, count: number, retryAfterS = this.#queue.retryAfterS()): AbacusError {
    return new AbacusError(
      "overloaded",
      `Cannot admit as ${why}, with ${this.#admitted} completions admitted: received ${count}`,
      { retryAfterS, tooMany: !this.#closed },
    );
  }

  #permit(count: number): Disposable {
    let held = count;
    return {
      [Symbol.dispose]: () => {
        this.#admitted -= held;
        held = 0;
        this.#onFree();
      },
    };
  }
}

/** @param received what was counted when it was too much, which no further text was planned for */
function planTooLarge(
  what: "request" | "completion",
  { most, received }: { most: number; received: number },
): AbacusError {
  return new AbacusError(
    "too_large",
    `Cannot assign credit as one ${what} may plan at most ${most} tokens ` +
      `(--max-credit-tokens): received at least ${received}`,
    { path: "credit.method" },
  );
}
