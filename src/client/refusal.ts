/**
 * What an answer means that is no success: the server's own error, or somebody else's page.
 *
 * @module
 */

import type { ErrorBody } from "../wire/error.ts";
import { beginning } from "./answer.ts";
import { type ClientErrorKind, RewardClientError } from "./error.ts";

type WireErrorKind = ErrorBody["error"]["kind"];

/** The server's kinds; the type holds the list to be complete. */
const wireKinds: Readonly<Record<WireErrorKind, true>> = {
  invalid_request: true,
  unauthorized: true,
  unknown_model: true,
  unknown_route: true,
  too_large: true,
  too_long: true,
  overloaded: true,
  deadline_exceeded: true,
  cancelled: true,
  model_failure: true,
};

/** What a status says where no error of the server stands in the body: a proxy wrote it. */
const kindByStatus: Readonly<Record<number, ClientErrorKind>> = {
  401: "unauthorized",
  403: "unauthorized",
  404: "unknown_route",
  405: "unknown_route",
  413: "too_large",
  429: "overloaded",
  502: "network",
  503: "overloaded",
  504: "deadline_exceeded",
};

/** An answer that is no success. */
export interface Refusal {
  /** 0 for a redirect that a browser does not let us see. */
  readonly status: number;
  readonly text: string;
  readonly url: string;
  /** Of a redirect. */
  readonly location: string | null;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
}

/** The error that an answer stands for. */
export function refusalOf(refusal: Refusal): RewardClientError {
  const { status, text, url, requestId, retryAfterMs } = refusal;
  const details = { ...(status === 0 ? {} : { status }), requestId, retryAfterMs };
  const told = readErrorBody(text);
  if (told !== undefined) {
    const { kind, message, path, request_id } = told;
    return new RewardClientError(kind, message, {
      ...details,
      path,
      requestId: request_id ?? requestId,
    });
  }
  if (status === 0 || (status >= 300 && status < 400)) return redirected(refusal);
  const kind: ClientErrorKind = kindByStatus[status] ?? "protocol";
  const received = `status ${status}, ${beginning(text)}`;
  return new RewardClientError(
    kind,
    `Cannot use the answer of ${url} as it is no success and no error of Abacus: received ${received}`,
    details,
  );
}

/** Following would turn a POST into a GET, or send the key and the texts to another place. */
function redirected({ status, url, location }: Refusal): RewardClientError {
  const to = location === null ? "a redirect" : `a redirect to ${location}`;
  return new RewardClientError(
    "protocol",
    `Cannot ask ${url} as it is not the server itself (give the client the final address): received ${to}`,
    status === 0 ? {} : { status },
  );
}

/** A proxy may have dropped headers, a server of another age may have other fields. */
type ToldError = Pick<ErrorBody["error"], "kind" | "message"> & Partial<ErrorBody["error"]>;

function readErrorBody(text: string): ToldError | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { kind, message, path, request_id } = fieldsOf(fieldsOf(body).error);
  if (!isWireKind(kind) || typeof message !== "string") return undefined;
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

function isWireKind(kind: unknown): kind is WireErrorKind {
  return typeof kind === "string" && Object.hasOwn(wireKinds, kind);
}
