/**
 * The edge: what happens to every request whatever it asks for. Its id, its line in the log and its
 * place in the metrics, headers that browsers obey, other origins, and the key.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { secureHeaders } from "hono/secure-headers";
import type { Clock } from "../batch/clock.ts";
import { accessLine, type LogFormat } from "./access_log.ts";
import { requireKey } from "./auth.ts";
import type { Metrics } from "./metrics.ts";
import type { AppEnv } from "./route.ts";

/** What recording needs. */
export interface RecordOptions {
  readonly clock: Clock;
  /** The time of day. */
  readonly now: () => Date;
  readonly metrics: Metrics;
  readonly format: LogFormat;
  readonly log: (line: string) => void;
  /** Paths that metrics may name; any other is `unmatched`, for callers can think of many. */
  readonly paths: ReadonlySet<string>;
}

/** Records each request once, after it was answered. */
export function recordEach(options: RecordOptions): MiddlewareHandler<AppEnv> {
  const { clock, now, metrics, format, log, paths } = options;
  return async function recordEach(context, next) {
    const startMs = clock.nowMs();
    await next();
    const seconds = (clock.nowMs() - startMs) / 1000;
    const { req, res: { status } } = context;
    const kind = context.get("errorKind");
    const record = context.get("record");
    const route = paths.has(req.path) ? req.path : "unmatched";
    metrics.record({ route, status, kind, seconds, record });
    if (format === "off") return;
    const requestId = context.get("requestId");
    // The path as it was sent: decoded it could hold line breaks, and write lines of its own.
    const { pathname: path } = new URL(req.url);
    const { completions, tokens, computedTokens, queueMs, inferenceMs } = record ?? {};
    const entry = {
      ...{ time: now(), requestId, method: req.method, path, status, seconds, kind },
      ...{ completions, tokens, computedTokens, queueMs, inferenceMs },
    };
    log(accessLine(entry, format));
  };
}

/** Headers that keep browsers from doing what nobody here asks of them. The page needs no host but this. */
export function browserHeaders(): MiddlewareHandler<AppEnv> {
  return secureHeaders({
    // Whoever terminates TLS decides about it.
    strictTransportSecurity: false,
    xFrameOptions: "DENY",
    // Browsers that know these have long been replaced.
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  });
}

/**
 * Gives answers to HEAD the length that GET would have. Hono drops their body only after this, and a
 * length of 0 would be told otherwise.
 */
export function lengthOfHead(): MiddlewareHandler<AppEnv> {
  return async function lengthOfHead(context, next) {
    await next();
    if (context.req.method !== "HEAD" || context.res.body === null) return;
    const { byteLength } = await context.res.clone().arrayBuffer();
    context.header("Content-Length", String(byteLength));
  };
}

/** Lets pages of other origins call the API. */
export function otherOrigins(origins: readonly string[]): MiddlewareHandler<AppEnv> {
  return cors({
    origin: origins.includes("*") ? "*" : [...origins],
    allowMethods: ["GET", "HEAD", "POST"],
    allowHeaders: ["Authorization", "Content-Type", "X-Request-Id"],
    exposeHeaders: ["Retry-After", "X-Request-Id"],
    maxAge: 86_400,
  });
}

/** Asks for the key everywhere but at the open paths. */
export function askForKey(apiKey: string, open: ReadonlySet<string>): MiddlewareHandler<AppEnv> {
  return async function askForKey(context, next) {
    if (!open.has(context.req.path)) requireKey(context.req.header("Authorization"), apiKey);
    await next();
  };
}
