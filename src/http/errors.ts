/**
 * From kinds of failure to HTTP: the table of statuses, and the form of an error answer.
 *
 * Every failure leaves through {@linkcode publicError}, so that paths, stacks and messages of
 * libraries never cross the network.
 *
 * @module
 */

import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";
import { AbacusError, type ErrorKind } from "../errors.ts";
import {
  type ErrorBody,
  errorBodySchema,
  type WireErrorKind,
  wireErrorKinds,
} from "../wire/error.ts";
import { acceptedEncodings } from "./content_encoding.ts";
import { caseOf, type FailureCase } from "./failure_case.ts";

/**
 * The status of every kind. 499 is what proxies log for a caller that hung up: it is seen in logs and
 * metrics only.
 */
export const statusOf: Readonly<Record<ErrorKind, number>> = {
  invalid_request: 400,
  unauthorized: 401,
  unknown_model: 404,
  unknown_route: 404,
  unsupported_media_type: 415,
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

/** All other kinds are about the machine that the server runs on; callers get `model_failure`. */
const publicKinds: ReadonlySet<ErrorKind> = new Set(wireErrorKinds);

/**
 * The error as a caller may see it. What is not of the closed set becomes a `model_failure` without
 * details, as does a `model_failure` that quotes what a library threw.
 */
export function publicError(thrown: unknown): AbacusError {
  if (thrown instanceof AbacusError && !isInternal(thrown)) return thrown;
  const path = thrown instanceof AbacusError ? thrown.path : undefined;
  return new AbacusError(
    "model_failure",
    "Cannot answer as something inside the server failed; its log names the cause under this request's id",
    { cause: thrown, path },
  );
}

function isInternal({ kind, cause }: AbacusError): boolean {
  if (!publicKinds.has(kind)) return true;
  return kind === "model_failure" && cause !== undefined && !(cause instanceof AbacusError);
}

/** How failures look on the wire: that of Abacus itself, or of the protocol a route belongs to. */
export interface ErrorForm {
  /** The body of the answer, whose status is `status`. */
  errorBody(error: AbacusError, requestId: string, status: number): object;
  /** What {@linkcode errorBody} returns, for the documentation. */
  errorSchema(): z.ZodType;
  readonly statusOf: Readonly<Record<ErrorKind, number>>;
  /** The statuses of cases within a kind, where the peer tells them apart. @default as `statusOf` says */
  readonly statusOfCase?: Readonly<Partial<Record<FailureCase, number>>>;
}

/** The form of Abacus's own routes: `{ error: { kind, message, path?, request_id } }`. */
export const nativeErrors: ErrorForm = {
  errorBody({ kind, message, path }, requestId): ErrorBody {
    const place = path === undefined ? {} : { path };
    // Internal kinds never come here: publicError has replaced them.
    return { error: { kind: kind as WireErrorKind, message, ...place, request_id: requestId } };
  },
  errorSchema: errorBodySchema,
  statusOf,
};

/** The message of an error with its path, for forms that hold nothing but a text. */
export function fullMessage({ message, path }: AbacusError): string {
  return path === undefined || message.includes(path) ? message : `${message} (at ${path})`;
}

/** Options of {@linkcode errorResponse}. */
export interface ErrorResponseOptions {
  /** @default nativeErrors */
  readonly form?: ErrorForm | undefined;
  /** Another status than the form's, for the one kind that has two (405 of `unknown_route`). */
  readonly status?: number | undefined;
  /** As {@linkcode HttpSettings.overloadStatus}. */
  readonly overloadStatus?: number | undefined;
}

/** Whether answers of a form follow the setting: those of a peer that has a status of its own do not. */
export function followsOverloadStatus(form: ErrorForm): boolean {
  return form.statusOf.overloaded === statusOf.overloaded;
}

function statusIn({ statusOf, statusOfCase = {} }: ErrorForm, error: AbacusError): number {
  const which = caseOf(error);
  return (which === undefined ? undefined : statusOfCase[which]) ?? statusOf[error.kind];
}

/** Answers with the body and the status of the form, and the headers that belong to the kind. */
export function errorResponse(
  context: Context,
  error: AbacusError,
  { form = nativeErrors, overloadStatus, status: own }: ErrorResponseOptions = {},
): Response {
  const set = error.tooMany && followsOverloadStatus(form) ? overloadStatus : undefined;
  const status = own ?? set ?? statusIn(form, error);
  if (error.kind === "overloaded") {
    context.header("Retry-After", String(Math.max(1, Math.ceil(error.retryAfterS ?? 1))));
  }
  if (error.kind === "unsupported_media_type") {
    context.header("Accept-Encoding", acceptedEncodings);
  }
  if (error.kind === "unauthorized") context.header("WWW-Authenticate", 'Bearer realm="abacus"');
  return context.json(
    form.errorBody(error, context.get("requestId"), status),
    // Hono's type lists registered codes only, and 499 is not one.
    status as ContentfulStatusCode,
  );
}
