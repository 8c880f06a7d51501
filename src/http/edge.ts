/**
 * The edge: what happens to every request. Its id, its line in the log and its place in the metrics,
 * headers that browsers obey, other origins, and the key.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { Clock } from "../batch/clock.ts";
import { accessLine, type LogFormat } from "./access_log.ts";
import { AbacusError } from "../errors.ts";
import { requireKey } from "./auth.ts";
import type { KeyRing } from "./keys.ts";
import type { Metrics } from "./metrics.ts";
import type { RequestRecord } from "./request_record.ts";
import { serverSpan, traceRequest } from "./tracing.ts";
import type { AppEnv, PathMatcher } from "./route.ts";

/** What recording needs. */
export interface RecordOptions {
  readonly clock: Clock;
  /** The time of day. */
  readonly now: () => Date;
  readonly metrics: Metrics;
  readonly format: LogFormat;
  readonly log: (line: string) => void;
}

/** Finds the path among the routes, for all that follows. */
export function matchPath(matcher: PathMatcher): MiddlewareHandler<AppEnv> {
  return async function matchPath(context, next) {
    context.set("match", matcher.match(context.req.path));
    await next();
  };
}

/** Records each request once, after it was answered. */
export function recordEach(options: RecordOptions): MiddlewareHandler<AppEnv> {
  const { clock, now, metrics, format, log } = options;
  return async function recordEach(context, next) {
    const startMs = clock.nowMs();
    const span = serverSpan();
    await next();
    const { method, url } = context.req;
    const record: RequestRecord = {
      time: now(),
      requestId: context.get("requestId"),
      method,
      path: encodedPath(url),
      // Callers can think of any number of paths, and metrics must not grow with them.
      route: context.get("match")?.pattern ?? "unmatched",
      status: context.res.status,
      seconds: (clock.nowMs() - startMs) / 1000,
      keyName: context.get("keyName"),
      kind: context.get("errorKind"),
      text: context.get("text"),
      scored: context.get("scored"),
      reached: context.get("reached"),
    };
    metrics.record(record);
    if (span !== undefined) traceRequest(span, record);
    if (format !== "off") log(accessLine(record, format));
  };
}

/**
 * The path of a request's URL, encoded: a decoded one could hold line breaks, and write lines of its own. The
 * authority is what the caller wrote into Host, which need not be one that can be parsed.
 */
function encodedPath(url: string): string {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  return new URL(`http://host${start < 0 ? "/" : url.slice(start)}`).pathname;
}

/** What browsers may do with answers. The page needs no host but this. */
const forBrowsers: Readonly<Record<string, string>> = {
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

/** Headers that restrict what browsers do with answers. The proxy that terminates TLS decides about that. */
export function browserHeaders(): MiddlewareHandler<AppEnv> {
  const headers = Object.entries(forBrowsers);
  return async function browserHeaders(context, next) {
    // Before there is an answer, which then begins with them: to change one costs more than to make it.
    for (const [name, value] of headers) context.header(name, value);
    await next();
  };
}

/**
 * Gives answers to HEAD the length that GET would have. Hono drops their body only after this, and
 * would send a length of 0.
 */
export function lengthOfHead(): MiddlewareHandler<AppEnv> {
  return async function lengthOfHead(context, next) {
    await next();
    if (context.req.method !== "HEAD" || context.res.body === null) return;
    const { byteLength } = await context.res.clone().arrayBuffer();
    context.header("Content-Length", String(byteLength));
  };
}

/** What pages of other origins may send, and read of answers. */
const crossOrigin = {
  allowMethods: ["GET", "HEAD", "POST"],
  allowHeaders: [
    "Authorization",
    "Content-Encoding",
    "Content-Type",
    "Inference-Header-Content-Length",
    "Traceparent",
    "Tracestate",
    "X-Abacus-Deadline-Ms",
    "X-Request-Id",
  ],
  exposeHeaders: [
    "Inference-Header-Content-Length",
    "Metadata",
    "Retry-After",
    "WWW-Authenticate",
    "X-Compute-Characters",
    "X-Compute-Time",
    "X-Compute-Tokens",
    "X-Compute-Type",
    "X-Inference-Time",
    "X-Queue-Time",
    "X-Request-Id",
    "X-Tokenization-Time",
    "X-Total-Time",
  ],
};

/** Lets pages of other origins call the API. */
export function otherOrigins(origins: readonly string[]): MiddlewareHandler<AppEnv> {
  return cors({
    origin: origins.includes("*") ? "*" : [...origins],
    ...crossOrigin,
    maxAge: 86_400,
  });
}

/** Asks for one of the keys at every path that is not open. */
export function askForKey(keys: KeyRing): MiddlewareHandler<AppEnv> {
  return async function askForKey(context, next) {
    if (context.get("match")?.open !== true) {
      context.set("keyName", requireKey(context.req.header("Authorization"), keys));
    }
    await next();
  };
}

/** How long a caller should wait before asking whatever takes the place of a server that ends. */
const drainRetryS = 2;

/**
 * Turns away what comes while the server drains, but for its health and the like, and asks callers to close
 * their connections. What came before is answered as ever.
 */
export function turnAway(draining: AbortSignal): MiddlewareHandler<AppEnv> {
  return async function turnAway(context, next) {
    const late = draining.aborted;
    if (late) context.header("Connection", "close");
    if (late && context.get("match")?.open !== true) {
      const retryAfterS = drainRetryS;
      throw new AbacusError("overloaded", "Cannot answer as the server is shutting down", {
        retryAfterS,
      });
    }
    await next();
    if (draining.aborted) context.header("Connection", "close");
  };
}
