/**
 * The errors of Abacus, which have a closed set of kinds.
 *
 * A failure is always an error with a kind, never a number (law 3). Knows nothing of HTTP: the table
 * from kinds to statuses is in `http/`.
 *
 * @module
 */

/** Every kind of failure. `wire/` lists the kinds that cross the network. */
export type ErrorKind =
  | "invalid_request"
  | "unauthorized"
  | "unknown_model"
  | "unknown_route"
  | "unsupported_media_type"
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

/** The optional fields of an error. */
export interface ErrorDetails {
  /** The place in the request, as in `items[0].completions[2]`. */
  path?: string | undefined;
  /** Seconds after which to try again, for `overloaded`. */
  retryAfterS?: number | undefined;
  /** Whether it is for the number of requests that `overloaded` is said, and not for the server's state. */
  tooMany?: boolean | undefined;
  /** The error that caused this one. */
  cause?: unknown;
}

/**
 * An error of the closed set. Its message says what could not be done, why, and which value was
 * received, without a full stop: "Cannot X as Y: received Z".
 *
 * @example An error with the value received
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
  readonly tooMany: boolean;

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "AbacusError";
    this.kind = kind;
    this.path = details.path;
    this.retryAfterS = details.retryAfterS;
    this.tooMany = details.tooMany ?? false;
  }

  /** A copy with some fields changed, such as the path in the request. */
  with(changes: ErrorDetails & { message?: string }): AbacusError {
    const { kind, path, retryAfterS, tooMany, cause } = this;
    const { message = this.message, ...details } = changes;
    return new AbacusError(kind, message, { path, retryAfterS, tooMany, cause, ...details });
  }
}

/** The message of a thrown value: that of an error, and any other value as text. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
