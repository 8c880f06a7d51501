/**
 * The one error that the client throws once it was asked something.
 *
 * @module
 */

import type { ErrorBody } from "../wire/error.ts";

/**
 * What went wrong: the kinds of the server, and four that only a client can see.
 *
 * - `network`: no answer came, or it broke off; a proxy could not reach the server (502)
 * - `timeout`: the call's own `timeoutMs` has passed
 * - `protocol`: whatever answered is not an Abacus server, or its answer cannot be right
 * - `aborted`: the caller's signal
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
 * @example Telling a long text from a server that is gone
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
  /** The status of the answer; undefined where none came. */
  readonly status: number | undefined;
  /** Where in the items of the call, as in `items[105].completions[2]`. */
  readonly path: string | undefined;
  /** Under which the server's log speaks of it. */
  readonly requestId: string | undefined;
  /** How often the request was sent. */
  readonly attempts: number;
  /** When the server asked to be asked again; undefined where it did not say. */
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

  /** The same error with other details, and with another message if one is given. */
  with(details: ClientErrorDetails, message: string = this.message): RewardClientError {
    const { status, path, requestId, attempts, retryAfterMs, cause } = this;
    const own = { status, path, requestId, attempts, retryAfterMs, cause };
    return new RewardClientError(this.kind, message, { ...own, ...details });
  }
}
