/**
 * The closed set of things that can go wrong, shared by every part of Abacus.
 *
 * A failure is always an error with a kind, never a number (law 3). Knows nothing of HTTP: the table
 * from kinds to statuses stands in `http/`.
 *
 * @module
 */

/** Every kind of failure that Abacus reports; `wire/` says which of them cross the network. */
export type ErrorKind =
  | "invalid_request"
  | "unauthorized"
  | "unknown_model"
  | "unknown_route"
  | "too_large"
  | "too_long"
  | "overloaded"
  | "deadline_exceeded"
  | "cancelled"
  | "model_failure"
  | "bad_model"
  | "bad_device"
  | "bad_usage"
  | "training_failed";

/** What an error may carry besides its kind and message. */
export interface ErrorDetails {
  /** Where in the request it happened, as in `items[0].completions[2]`. */
  path?: string;
  /** When to try again, for `overloaded`. */
  retryAfterS?: number;
  /** What was thrown below. */
  cause?: unknown;
}

/**
 * An error of the closed set. Messages have a grammar: what could not be done, why, and the value
 * received; no full stop at the end.
 *
 * @example Naming what was received
 * ```ts
 * import { AbacusError } from "./errors.ts";
 * import assert from "node:assert/strict";
 *
 * const error = new AbacusError("invalid_request", "Cannot score as 'beta' must lie in [0, 1]: received 3");
 * assert.equal(error.kind, "invalid_request");
 * ```
 */
export class AbacusError extends Error {
  readonly kind: ErrorKind;
  readonly path: string | undefined;
  readonly retryAfterS: number | undefined;

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "AbacusError";
    this.kind = kind;
    this.path = details.path;
    this.retryAfterS = details.retryAfterS;
  }

  /** The same error, with `path` put before whatever path it already names. */
  at(path: string): AbacusError {
    const joined = this.path === undefined ? path : joinPath(path, this.path);
    const { kind, message, retryAfterS, cause } = this;
    return new AbacusError(kind, message, {
      path: joined,
      cause,
      ...(retryAfterS === undefined ? {} : { retryAfterS }),
    });
  }
}

function joinPath(before: string, after: string): string {
  return after.startsWith("[") ? before + after : `${before}.${after}`;
}
