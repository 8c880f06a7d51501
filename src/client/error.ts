/**
 * The error that every call of the client throws.
 *
 * @module
 */

import type { ErrorBody } from "../wire/error.ts";

/**
 * The kinds of the server, and four of the client.
 *
 * - `network`: no answer arrived, or the connection broke; a proxy could not reach the server (502)
 * - `timeout`: the call's own `timeoutMs` has passed
 * - `protocol`: the answer is not one of an Abacus server, or it cannot be right
 * - `aborted`: the caller's signal aborted
 */
export type ClientErrorKind =
  | ErrorBody["error"]["kind"]
  | "network"
  | "timeout"
  | "protocol"
  | "aborted";

/** What an error may carry besides its kind and message. */
export interface ClientErrorDetails {
  readonly status?: number | undefined;
  readonly path?: string | undefined;
  readonly requestId?: string | undefined;
  readonly attempts?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/**
 * An error with a kind. Messages say what could not be done, why, and what was received.
 *
 * @example Reading the kind and the place of an error
 * ```ts
 * import { RewardClientError } from "./error.ts";
 * import assert from "node:assert/strict";
 *
 * const error = new RewardClientError("too_long", "Cannot score as ...", { path: "items[105]" });
 * assert.equal(error.kind, "too_long");
 * assert.equal(error.path, "items[105]");
 * ```
 */
export class RewardClientError extends Error {
  readonly kind: ClientErrorKind;
  /** The HTTP status of the answer; undefined where none arrived. */
  readonly status: number | undefined;
  /** Where in the items of the call, as in `items[105].completions[2]`. */
  readonly path: string | undefined;
  /** The id of the request in the server's log. */
  readonly requestId: string | undefined;
  /** How many times the request was sent. */
  readonly attempts: number;
  /** The pause that the server asked for; undefined where it asked for none. */
  readonly retryAfterMs: number | undefined;

  constructor(kind: ClientErrorKind, message: string, details: ClientErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "RewardClientError";
    this.kind = kind;
    this.status = details.status;
    this.path = details.path;
    this.requestId = details.requestId;
    this.attempts = details.attempts ?? 0;
    this.retryAfterMs = details.retryAfterMs;
  }

  /** A copy with other details, and another message if one is given. */
  with(details: ClientErrorDetails, message: string = this.message): RewardClientError {
    const { status, path, requestId, attempts, retryAfterMs, cause } = this;
    const own = { status, path, requestId, attempts, retryAfterMs, cause };
    return new RewardClientError(this.kind, message, { ...own, ...details });
  }
}
