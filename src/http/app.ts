/**
 * The app: every route and everything that happens around them, put together. Opens no socket and
 * starts nothing; `serve.ts` does.
 *
 * @module
 */

import { Hono } from "hono";
import { requestId } from "hono/request-id";
import { type Clock, systemClock } from "../batch/clock.ts";
import { AbacusError } from "../errors.ts";
import { defaultWireLimits, type WireLimits } from "../wire/limits.ts";
import { failureLine } from "./access_log.ts";
import { Backend, type ServedModels } from "./backend.ts";
import { documentationRoutes } from "./docs.ts";
import { protocolRoutes } from "./answer.ts";
import {
  askForKey,
  browserHeaders,
  lengthOfHead,
  matchPath,
  otherOrigins,
  recordEach,
  turnAway,
} from "./edge.ts";
import { errorResponse, publicError } from "./errors.ts";
import { KeyRing } from "./keys.ts";
import { Metrics } from "./metrics.ts";
import { openApiDocument } from "./openapi.ts";
import { addPage, pagePaths } from "./page_routes.ts";
import { protocols } from "./protocols/registry.ts";
import { type App, type AppEnv, PathMatcher, type Route } from "./route.ts";
import { healthRoute, metricsRoute, modelsRoute, readyRoute } from "./server_routes.ts";
import { defaultHttpSettings, type HttpSettings } from "./settings.ts";

/** What an app is made of. */
export interface AppOptions {
  /** What answers; a promise while they load, during which `/readyz` answers 503. */
  readonly models: ServedModels | Promise<ServedModels>;
  /** Settings other than {@linkcode defaultHttpSettings}. */
  readonly settings?: Partial<HttpSettings>;
  readonly limits?: WireLimits;
  /** Aborted when the server stops taking work; the signal that `serveHttp` is given too. */
  readonly draining?: AbortSignal;
  /** Where lines of the log go; nowhere by default. */
  readonly log?: (line: string) => void;
  readonly version?: string;
  /** Keys that may change while the server runs. @default the one of the settings, if any */
  readonly keys?: KeyRing | undefined;
  /** Passed in where batchers report to it as well. */
  readonly metrics?: Metrics;
  readonly clock?: Clock;
  /** The time of day, for the log. */
  readonly now?: () => Date;
}

/** Puts the app together. */
export function createApp(options: AppOptions): App {
  const resolved = resolve(options);
  const routes = routesOf(resolved);
  const app: App = new Hono<AppEnv>();
  addEdge(app, resolved, routes);
  addPage(app);
  for (const { method, path, handle } of routes) app.on(method, path, handle);
  answerTheRest(app);
  answerFailures(app, resolved);
  return app;
}

/** The options with their defaults. */
interface ResolvedOptions {
  readonly settings: HttpSettings;
  readonly limits: WireLimits;
  readonly version: string;
  readonly backend: Backend;
  readonly draining: AbortSignal | undefined;
  readonly keys: KeyRing | undefined;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly now: () => Date;
  readonly log: (line: string) => void;
}

/** Fills in the defaults. */
function resolve(options: AppOptions): ResolvedOptions {
  const backend = new Backend(options.models, options.draining);
  const metrics = options.metrics ?? new Metrics();
  metrics.watchQueues(() => backend.queues);
  metrics.watchReplicas(() => backend.replicas);
  const version = options.version ?? "0";
  metrics.watchServer(() => ({
    ...{ version, ready: backend.readiness === "ready", models: backend.places },
  }));
  const settings = { ...defaultHttpSettings, ...options.settings };
  const { apiKey } = settings;
  return {
    settings,
    limits: options.limits ?? defaultWireLimits,
    version,
    backend,
    draining: options.draining,
    keys: options.keys ?? (apiKey === undefined ? undefined : KeyRing.of(apiKey)),
    metrics,
    clock: options.clock ?? systemClock,
    now: options.now ?? (() => new Date()),
    log: options.log ?? (() => {}),
  };
}

/** The list of routes, in the order of the documentation. */
function routesOf(options: ResolvedOptions): readonly Route[] {
  const { settings, backend, limits, metrics, version, keys } = options;
  const { publicMetrics, overloadStatus } = settings;
  const routes: Route[] = [
    ...protocolRoutes(protocols, { ...options, ...settings }),
    modelsRoute(backend, limits),
    healthRoute(),
    readyRoute(backend),
    metricsRoute(metrics, { open: publicMetrics }),
  ];
  const document = () =>
    openApiDocument(routes, {
      ...{ version, overloadStatus },
      keyed: keys !== undefined,
    });
  routes.push(...documentationRoutes(document));
  return routes;
}

/** What happens around every route, from the outside in: what is recorded must come first. */
function addEdge(app: App, options: ResolvedOptions, routes: readonly Route[]): void {
  const { accessLog: format, corsOrigins } = options.settings;
  const { draining, keys } = options;
  app.use(requestId());
  app.use(matchPath(new PathMatcher([...pagePaths, ...routes])));
  app.use(recordEach({ ...options, format }));
  app.use(lengthOfHead());
  app.use(browserHeaders());
  // Before the key: a preflight carries none, and a refusal must be readable across origins.
  if (corsOrigins.length > 0) app.use(otherOrigins(corsOrigins));
  if (draining !== undefined) app.use(turnAway(draining));
  if (keys !== undefined) app.use(askForKey(keys));
}

/** Paths and methods that no route has. Nothing is thrown: that would go past the edge. */
function answerTheRest(app: App): void {
  app.notFound((context) => {
    const { method, path } = context.req;
    const match = context.get("match");
    if (match !== undefined && method === "OPTIONS") {
      return context.body(null, 204, { Allow: match.allow });
    }
    context.set("errorKind", "unknown_route");
    if (match === undefined) {
      return errorResponse(context, unknownRoute("there is no such route", `${method} ${path}`));
    }
    context.header("Allow", match.allow);
    const error = unknownRoute(`${path} takes ${match.allow}`, method);
    return errorResponse(context, error, { form: match.errors, status: 405 });
  });
}

function unknownRoute(reason: string, received: string): AbacusError {
  return new AbacusError("unknown_route", `Cannot answer as ${reason}: received ${received}`);
}

/** The one place where something thrown becomes an answer, in the form of the matched route. */
function answerFailures(app: App, { now, log, settings }: ResolvedOptions): void {
  const format = settings.accessLog === "json" ? "json" : "text";
  app.onError((thrown, context) => {
    const error = publicError(thrown);
    context.set("errorKind", error.kind);
    if (error.kind === "model_failure") {
      // It is logged even where requests are not: the answer hides the cause.
      const requestId = context.get("requestId");
      log(failureLine({ time: now(), requestId, cause: thrown }, format));
    }
    return errorResponse(context, error, {
      form: context.get("errors") ?? context.get("match")?.errors,
      overloadStatus: settings.overloadStatus,
    });
  });
}
