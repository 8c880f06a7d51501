/**
 * RequestScope: the lifetime of one call. It ends when the caller's signal aborts, when the call's
 * timeout has passed, or when the call is over, and every request, read and pause of the call ends
 * with it.
 *
 * @module
 */

import type { ClientClock } from "./clock.ts";
import { RewardClientError } from "./error.ts";

/** What ends a call early. */
export interface RequestScopeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from now; Infinity for no end. */
  readonly timeoutMs: number;
  readonly clock: ClientClock;
}

/** The scope of one call; {@linkcode close} it once the call is over. */
export class RequestScope {
  readonly #controller = new AbortController();
  readonly #undo: (() => void)[] = [];
  readonly #clock: ClientClock;
  readonly #endMs: number;
  #reason: RewardClientError | undefined;

  constructor({ signal, timeoutMs, clock }: RequestScopeOptions) {
    this.#clock = clock;
    this.#endMs = clock.nowMs() + timeoutMs;
    if (signal !== undefined) this.#endWith(signal);
    if (timeoutMs < Infinity) {
      const why = `its ${timeoutMs} ms have passed`;
      const expire = () => this.#end(new RewardClientError("timeout", `Cannot finish as ${why}`));
      this.#undo.push(clock.after(timeoutMs, expire));
    }
  }

  /** For `fetch`: aborts when the scope ends. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why the scope has ended; undefined before that. */
  get reason(): RewardClientError | undefined {
    return this.#reason;
  }

  /** Milliseconds until the timeout. */
  get leftMs(): number {
    return this.#endMs - this.#clock.nowMs();
  }

  /**
   * The outcome of `work`, or the end of the scope if that is earlier. `work` need not take a signal.
   *
   * @throws {RewardClientError} `timeout` or `aborted`
   */
  race<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const end = () => reject(this.#reason);
      const settle = () => signal.removeEventListener("abort", end);
      signal.addEventListener("abort", end, { once: true });
      if (signal.aborted) end();
      work.then(resolve, reject).finally(settle);
    });
  }

  /** Waits. @throws {RewardClientError} `timeout` or `aborted` if the scope ends first */
  async sleep(ms: number): Promise<void> {
    let cancel = () => {};
    const pause = new Promise<void>((resolve) => {
      cancel = this.#clock.after(ms, resolve);
    });
    try {
      await this.race(pause);
    } finally {
      cancel();
    }
  }

  /** Ends the scope, and with it all work in progress. */
  close(): void {
    for (const undo of this.#undo) undo();
    this.#end(new RewardClientError("aborted", "Cannot go on as the call is over"));
  }

  #endWith(signal: AbortSignal): void {
    const end = () => {
      const cause: unknown = signal.reason;
      const message = "Cannot finish as the caller aborted the call";
      this.#end(new RewardClientError("aborted", message, { cause }));
    };
    signal.addEventListener("abort", end, { once: true });
    this.#undo.push(() => signal.removeEventListener("abort", end));
    if (signal.aborted) end();
  }

  #end(reason: RewardClientError): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#controller.abort(reason);
  }
}
