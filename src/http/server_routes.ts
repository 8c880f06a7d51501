/**
 * The routes about the server itself: whether it is alive and ready, which models it has loaded, and
 * its metrics.
 *
 * @module
 */

import { z } from "zod";
import type { WireLimits } from "../wire/limits.ts";
import { modelsReply, modelsReplySchema } from "../wire/models.ts";
import type { Metrics } from "./metrics.ts";
import type { Route } from "./route.ts";
import { type Backend, readinesses } from "./backend.ts";

/** `GET /healthz`: the process answers. Says nothing of the model, so that a server that loads is not restarted. */
export function healthRoute(): Route {
  return {
    method: "GET",
    path: "/healthz",
    tags: ["server"],
    operationId: "getHealth",
    summary: "Whether the server is alive",
    open: true,
    answer: {
      type: "application/json",
      schema: z.object({ status: z.literal("alive") }).meta({ id: "Health" }),
      description: "It is",
    },
    failures: [],
    handle: (context) => context.json({ status: "alive" }),
  };
}

/** `GET /readyz`: requests can be served. 503 while a model loads or is loaded again, and while the server drains. */
export function readyRoute(backend: Backend): Route {
  return {
    method: "GET",
    path: "/readyz",
    tags: ["server"],
    operationId: "getReadiness",
    summary: "Whether every model is loaded and warm",
    description:
      "Answers 503 with the same body while a model loads (loading), while what computes has died and is " +
      "replaced (recovering), where that goes on failing (failed), and while the server drains (draining).",
    open: true,
    answer: {
      type: "application/json",
      schema: z.object({ status: z.enum(readinesses) })
        .meta({ id: "Readiness" }),
      description: "It is",
    },
    unready: "It is not, or not any more",
    failures: [],
    handle(context) {
      const status = backend.readiness;
      return context.json({ status }, status === "ready" ? 200 : 503);
    },
  };
}

/** `GET /v1/models`: what is loaded. */
export function modelsRoute(backend: Backend, limits: WireLimits): Route {
  return {
    method: "GET",
    path: "/v1/models",
    tags: ["server"],
    operationId: "listModels",
    summary: "What is loaded",
    description:
      "The models, the default first: where each really runs, the limits of a request, and the credit " +
      "methods it can serve.",
    open: false,
    answer: {
      type: "application/json",
      schema: modelsReplySchema(),
      description: "The loaded models",
    },
    failures: ["overloaded"],
    handle(context) {
      const models = backend.require().all.map(({ scorer }) => scorer.facts);
      return context.json(modelsReply(models, limits));
    },
  };
}

/** `GET /metrics`: counters and histograms for Prometheus. */
export function metricsRoute(metrics: Metrics, { open }: { open: boolean }): Route {
  return {
    method: "GET",
    path: "/metrics",
    tags: ["server"],
    operationId: "getMetrics",
    summary: "Metrics for Prometheus",
    open,
    answer: { type: "text/plain", description: "Prometheus' text format, version 0.0.4" },
    failures: [],
    async handle(context) {
      return context.body(await metrics.text(), 200, { "Content-Type": metrics.contentType });
    },
  };
}
