/**
 * BodyBudget: how many bytes of request bodies the server holds at a time, over all requests. A body
 * counts from when its bytes come until its request is answered, as it was sent or, where it was
 * compressed, as it is read, whichever is more.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";

/** Bytes for the bodies of all requests. */
export class BodyBudget {
  readonly #maxBytes: number;
  #bytes = 0;

  /** @param maxBytes of all bodies at once */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that are held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The share of one request, which is empty at first; dispose of it once the request is answered. */
  share(): BodyShare {
    let held = 0;
    const holdUpTo = (bytes: number) => {
      this.#bytes += bytes - held;
      held = bytes;
    };
    return {
      claim: (bytes) => {
        if (bytes <= held) return;
        const others = this.#bytes - held;
        if (others + bytes > this.#maxBytes) throw this.#full(bytes, others);
        holdUpTo(bytes);
      },
      [Symbol.dispose]: () => holdUpTo(0),
    };
  }

  #full(bytes: number, others: number): AbacusError {
    return new AbacusError(
      "overloaded",
      `Cannot read the request as the bodies of others hold ${others} of ${this.#maxBytes} bytes ` +
        `(--max-bodies-mb): received ${bytes}`,
      { retryAfterS: 1, tooMany: true },
    );
  }
}

/** What one request may hold. */
export interface BodyShare extends Disposable {
  /**
   * Makes sure that the request holds as many bytes.
   *
   * @throws {AbacusError} `overloaded` where others hold too many
   */
  claim(bytes: number): void;
}
