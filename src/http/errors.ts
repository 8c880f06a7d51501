/**
 * From kinds of failure to HTTP: the one table of statuses, and the one shape of an error answer.
 *
 * Every failure leaves through {@linkcode publicError}, so nothing that was not meant for callers
 * (paths, stacks, messages of libraries) crosses the network.
 *
 * @module
 */

import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { AbacusError, type ErrorKind } from "../errors.ts";

/**
 * The status of every kind. 499 is what proxies write for a caller who left; nobody reads that
 * answer, but logs and metrics do.
 */
export const statusOf: Readonly<Record<ErrorKind, number>> = {
  invalid_request: 400,
  unauthorized: 401,
  unknown_model: 404,
  unknown_route: 404,
  too_large: 413,
  too_long: 422,
  overloaded: 503,
  deadline_exceeded: 504,
  cancelled: 499,
  model_failure: 500,
  bad_model: 500,
  bad_device: 500,
  bad_usage: 500,
  training_failed: 500,
};

/** Kinds that speak of the machine the server runs on; callers get `model_failure` instead. */
const internalKinds: ReadonlySet<ErrorKind> = new Set([
  "bad_model",
  "bad_device",
  "bad_usage",
  "training_failed",
]);

/**
 * The error as a caller may see it. What is not of the closed set becomes a `model_failure` without
 * details, as does a `model_failure` that quotes what a library threw.
 */
export function publicError(thrown: unknown): AbacusError {
  if (thrown instanceof AbacusError && !tellsOfTheInside(thrown)) return thrown;
  const path = thrown instanceof AbacusError ? thrown.path : undefined;
  return new AbacusError(
    "model_failure",
    "Cannot answer as something inside the server failed; its log names the cause under this request_id",
    { cause: thrown, path },
  );
}

function tellsOfTheInside({ kind, cause }: AbacusError): boolean {
  if (internalKinds.has(kind)) return true;
  return kind === "model_failure" && cause !== undefined && !(cause instanceof AbacusError);
}

/** Options of {@linkcode errorResponse}. */
export interface ErrorResponseOptions {
  /** Another status than the table's, for the one kind that has two (405 of `unknown_route`). */
  readonly status?: number;
}

/**
 * Answers with `{ error: { kind, message, path?, request_id } }`, the status of the table, and the
 * headers that belong to the kind.
 */
export function errorResponse(
  context: Context,
  error: AbacusError,
  { status = statusOf[error.kind] }: ErrorResponseOptions = {},
): Response {
  const { kind, message, path } = error;
  if (kind === "overloaded") {
    context.header("Retry-After", String(Math.max(1, Math.ceil(error.retryAfterS ?? 1))));
  }
  if (kind === "unauthorized") context.header("WWW-Authenticate", 'Bearer realm="abacus"');
  const body = { kind, message, ...(path === undefined ? {} : { path }) };
  return context.json(
    { error: { ...body, request_id: context.get("requestId") } },
    // Hono's type lists registered codes only, and 499 is not one.
    status as ContentfulStatusCode,
  );
}
