/**
 * The app: every route and everything that happens around them, put together. Opens no socket and
 * starts nothing; `serve.ts` does.
 *
 * @module
 */

import { Hono } from "hono";
import { requestId } from "hono/request-id";
import { AbacusError } from "../errors.ts";
import { defaultWireLimits, type WireLimits } from "../wire/limits.ts";
import { failureLine } from "./access_log.ts";
import { type Clock, systemClock } from "../batch/clock.ts";
import { documentationRoutes } from "./documentation_routes.ts";
import { askForKey, browserHeaders, lengthOfHead, otherOrigins, recordEach } from "./edge.ts";
import { errorResponse, publicError } from "./errors.ts";
import { Metrics } from "./metrics.ts";
import { openApiDocument } from "./openapi.ts";
import { addPage } from "./page_routes.ts";
import { rewardsRoute } from "./rewards.ts";
import type { App, AppEnv, Route } from "./route.ts";
import { healthRoute, metricsRoute, modelsRoute, readyRoute } from "./server_routes.ts";
import { Backend, type Service } from "./service.ts";
import { defaultHttpSettings, type HttpSettings } from "./settings.ts";

/** What an app is made of. */
export interface AppOptions {
  /** What answers; a promise while the model loads, during which `/readyz` answers 503. */
  readonly service: Service | Promise<Service>;
  /** Whatever differs from {@linkcode defaultHttpSettings}. */
  readonly settings?: Partial<HttpSettings>;
  readonly limits?: WireLimits;
  /** Aborted when the server stops taking work; the signal that `serveHttp` is given too. */
  readonly draining?: AbortSignal;
  /** Where lines of the log go; nowhere by default. */
  readonly log?: (line: string) => void;
  readonly version?: string;
  /** Passed in by whoever wires the batcher's `onBatch` to it. */
  readonly metrics?: Metrics;
  readonly clock?: Clock;
  /** The time of day, for the log. */
  readonly now?: () => Date;
}

/** Puts the app together. */
export function createApp(options: AppOptions): App {
  const settings = { ...defaultHttpSettings, ...options.settings };
  const { clock = systemClock, now = () => new Date(), log = () => {} } = options;
  const backend = new Backend(options.service, options.draining);
  const metrics = options.metrics ?? new Metrics();
  metrics.watchQueue(() => backend.queue);
  const routes = routesOf({ ...options, settings, clock, backend, metrics });
  const app: App = new Hono<AppEnv>();
  const allow = new Map<string, string>();
  const paths = new Set([...routes.map(({ path }) => path)]);

  app.use(requestId());
  app.use(recordEach({ clock, now, metrics, log, format: settings.accessLog, paths }));
  app.use(lengthOfHead());
  app.use(browserHeaders());
  if (settings.corsOrigins.length > 0) app.use(otherOrigins(settings.corsOrigins));
  const open = new Set(routes.filter((route) => route.open).map(({ path }) => path));
  if (settings.apiKey !== undefined) app.use(askForKey(settings.apiKey, open));
  for (const path of addPage(app)) {
    open.add(path);
    paths.add(path);
    allow.set(path, "GET, HEAD, OPTIONS");
  }
  for (const route of routes) {
    app.on(route.method, route.path, (context) => route.handle(context));
    const methods = route.method === "GET" ? ["GET", "HEAD"] : [route.method];
    allow.set(route.path, [...methods, "OPTIONS"].join(", "));
  }
  answerTheRest(app, allow);
  answerFailures(app, { now, log, format: settings.accessLog });
  return app;
}

interface Parts extends AppOptions {
  readonly settings: HttpSettings;
  readonly clock: Clock;
  readonly backend: Backend;
  readonly metrics: Metrics;
}

/** The list of routes, in the order of the documentation. */
function routesOf(parts: Parts): readonly Route[] {
  const { backend, metrics, clock, settings, version = "0", limits = defaultWireLimits } = parts;
  const { maxBodyBytes, deadlineMs, apiKey, publicMetrics } = settings;
  const routes: Route[] = [
    rewardsRoute({ backend, limits, maxBodyBytes, deadlineMs, clock }),
    modelsRoute(backend, limits),
    healthRoute(),
    readyRoute(backend),
    metricsRoute(metrics, { open: publicMetrics }),
  ];
  const document = () => openApiDocument(routes, { version, keyed: apiKey !== undefined });
  routes.push(...documentationRoutes(document));
  return routes;
}

/** Paths and methods that no route has. Nothing is thrown: that would go past the edge. */
function answerTheRest(app: App, allow: ReadonlyMap<string, string>): void {
  app.notFound((context) => {
    const { method, path } = context.req;
    const methods = allow.get(path);
    if (methods !== undefined && method === "OPTIONS") {
      return context.body(null, 204, { Allow: methods });
    }
    context.set("errorKind", "unknown_route");
    if (methods === undefined) {
      return errorResponse(context, unknownRoute("there is no such route", `${method} ${path}`));
    }
    context.header("Allow", methods);
    return errorResponse(context, unknownRoute(`${path} takes ${methods}`, method), {
      status: 405,
    });
  });
}

function unknownRoute(reason: string, received: string): AbacusError {
  return new AbacusError("unknown_route", `Cannot answer as ${reason}: received ${received}`);
}

interface FailureOptions {
  readonly now: () => Date;
  readonly log: (line: string) => void;
  readonly format: HttpSettings["accessLog"];
}

/** The one place where something thrown becomes an answer. */
function answerFailures(app: App, { now, log, format }: FailureOptions): void {
  app.onError((thrown, context) => {
    const error = publicError(thrown);
    context.set("errorKind", error.kind);
    if (error.kind === "model_failure") {
      const requestId = context.get("requestId");
      const cause = { time: now(), requestId, cause: thrown };
      // A failure is told even where requests are not: nobody else knows of it.
      log(failureLine(cause, format === "json" ? "json" : "text"));
    }
    return errorResponse(context, error);
  });
}
