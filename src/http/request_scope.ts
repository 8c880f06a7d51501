/**
 * RequestScope: the time in which a request is worth working for. It ends when the caller hangs up,
 * when the deadline passes or when the server stops waiting; all work for the request holds its signal.
 *
 * @module
 */

import type { Clock } from "../batch/clock.ts";
import { AbacusError, type ErrorKind } from "../errors.ts";

/** What ends a request early. */
export interface RequestScopeOptions {
  /** Aborted when the caller is gone. */
  readonly caller: AbortSignal;
  /** Aborted when a server that shuts down stops waiting. */
  readonly cutoff?: AbortSignal | undefined;
  /** Milliseconds from now; 0 for no deadline. */
  readonly deadlineMs: number;
  readonly clock: Clock;
}

/** The scope of one request; dispose of it once the answer stands. */
export class RequestScope implements Disposable {
  readonly #controller = new AbortController();
  readonly #undo: (() => void)[] = [];
  readonly #clock: Clock;
  #deadlineMs = Infinity;

  constructor({ caller, cutoff, deadlineMs, clock }: RequestScopeOptions) {
    this.#clock = clock;
    // Deno also aborts the caller's signal after a good answer: the listener must be gone by then.
    this.#endWith(caller, { kind: "cancelled", why: "the caller hung up" });
    if (cutoff !== undefined) {
      this.#endWith(cutoff, { kind: "overloaded", why: "the server is shutting down" });
    }
    if (deadlineMs > 0) this.endWithin(deadlineMs);
  }

  /** Ends it after so many milliseconds from now, unless it ends before that. */
  endWithin(deadlineMs: number): void {
    if (deadlineMs >= this.leftMs) return;
    this.#deadlineMs = this.#clock.nowMs() + deadlineMs;
    const why = `the deadline of ${deadlineMs} ms has passed`;
    const expire = () => this.#end({ kind: "deadline_exceeded", why });
    this.#undo.push(this.#clock.after(deadlineMs, expire));
  }

  /** Milliseconds from now until its deadline; Infinity where it has none. */
  get leftMs(): number {
    return this.#deadlineMs - this.#clock.nowMs();
  }

  /** Its reason is an {@linkcode AbacusError}: `cancelled`, `overloaded` or `deadline_exceeded`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The result of `work`, or the reason of the scope's end if that comes first. */
  async race<T>(work: Promise<T>): Promise<T> {
    const { promise: ended, reject } = Promise.withResolvers<never>();
    const end = () => reject(this.signal.reason);
    this.signal.addEventListener("abort", end, { once: true });
    if (this.signal.aborted) end();
    try {
      return await Promise.race([work, ended]);
    } finally {
      this.signal.removeEventListener("abort", end);
    }
  }

  [Symbol.dispose](): void {
    for (const undo of this.#undo) undo();
  }

  #endWith(signal: AbortSignal, reason: Reason): void {
    const end = () => this.#end(reason);
    signal.addEventListener("abort", end, { once: true });
    this.#undo.push(() => signal.removeEventListener("abort", end));
    if (signal.aborted) end();
  }

  #end({ kind, why }: Reason): void {
    this.#controller.abort(new AbacusError(kind, `Cannot answer as ${why}`));
  }
}

interface Reason {
  readonly kind: ErrorKind;
  readonly why: string;
}
