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
  path?: string | undefined;
  /** When to try again, for `overloaded`. */
  retryAfterS?: number | undefined;
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

  /** A copy with some fields changed, as when a part that knows more names the place of an error. */
  with(changes: ErrorDetails & { message?: string }): AbacusError {
    const { kind, path, retryAfterS, cause } = this;
    const { message = this.message, ...details } = changes;
    return new AbacusError(kind, message, { path, retryAfterS, cause, ...details });
  }
}

/** What a thrown value says: the message of an error, and anything else as text. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
