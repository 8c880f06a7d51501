/**
 * The error of an unsuccessful answer: the server's own, or that of a proxy before it.
 *
 * @module
 */

import type { ErrorBody } from "../wire/error.ts";
import { beginning } from "./answer.ts";
import { type ClientErrorKind, RewardClientError } from "./error.ts";

type WireErrorKind = ErrorBody["error"]["kind"];

/** The server's kinds; by its type the list is complete. */
const wireKinds: Readonly<Record<WireErrorKind, true>> = {
  invalid_request: true,
  unauthorized: true,
  unknown_model: true,
  unknown_route: true,
  unsupported_media_type: true,
  too_large: true,
  too_long: true,
  overloaded: true,
  deadline_exceeded: true,
  cancelled: true,
  model_failure: true,
};

/** The kind of a status, for bodies of a proxy and for kinds that only a newer server knows. */
const kindByStatus: Readonly<Record<number, ClientErrorKind>> = {
  401: "unauthorized",
  403: "unauthorized",
  404: "unknown_route",
  405: "unknown_route",
  413: "too_large",
  415: "unsupported_media_type",
  429: "overloaded",
  502: "network",
  503: "overloaded",
  504: "deadline_exceeded",
};

/** An unsuccessful answer. */
export interface Refusal {
  /** 0 for a redirect that a browser hides. */
  readonly status: number;
  readonly text: string;
  readonly url: string;
  /** Of a redirect. */
  readonly location: string | null;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
}

/** The error of an answer. */
export function refusalOf(refusal: Refusal): RewardClientError {
  const { status, text, url, requestId, retryAfterMs } = refusal;
  const details = { ...(status === 0 ? {} : { status }), requestId, retryAfterMs };
  const sent = readErrorBody(text);
  if (sent !== undefined) {
    const { kind, message, path, request_id } = sent;
    return new RewardClientError(isWireKind(kind) ? kind : kindOfStatus(status), message, {
      ...details,
      path,
      requestId: request_id ?? requestId,
    });
  }
  if (status === 0 || (status >= 300 && status < 400)) return redirected(refusal);
  return new RewardClientError(
    kindOfStatus(status),
    `Cannot use the answer of ${url} as it is neither a success nor an error of Abacus: ` +
      `received status ${status}, ${beginning(text)}`,
    details,
  );
}

function kindOfStatus(status: number): ClientErrorKind {
  return kindByStatus[status] ?? "protocol";
}

/** Following it would turn a POST into a GET, or send the key and the texts to another server. */
function redirected({ status, url, location }: Refusal): RewardClientError {
  const to = location === null ? "a redirect" : `a redirect to ${location}`;
  return new RewardClientError(
    "protocol",
    `Cannot ask ${url} as it is not the server itself (give the client the final address): received ${to}`,
    status === 0 ? {} : { status },
  );
}

/** The body of an error; a newer server may have other kinds, an older one fewer fields. */
interface SentError {
  readonly kind: string;
  readonly message: string;
  readonly path?: string;
  readonly request_id?: string;
}

function readErrorBody(text: string): SentError | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { kind, message, path, request_id } = fieldsOf(fieldsOf(body).error);
  if (typeof kind !== "string" || typeof message !== "string") return undefined;
  return {
    kind,
    message,
    ...(typeof path === "string" ? { path } : {}),
    ...(typeof request_id === "string" ? { request_id } : {}),
  };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function isWireKind(kind: string): kind is WireErrorKind {
  return Object.hasOwn(wireKinds, kind);
}
