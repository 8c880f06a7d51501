/**
 * A reward server within this process, as `serve` runs it and as `ppo` starts one for itself.
 *
 * @module
 */

import { Batcher } from "../batch/batcher.ts";
import { createApp } from "../http/app.ts";
import { Metrics } from "../http/metrics.ts";
import { type HttpServer, serveHttp } from "../http/serve.ts";
import type { Service } from "../http/service.ts";
import type { HttpSettings } from "../http/settings.ts";
import { loadModel } from "../model/load_model.ts";
import { createScorer } from "../scorer/scorer.ts";
import type { Settings } from "../settings.ts";
import { loadOptions, type ModelSetting } from "./model_settings.ts";
import { version } from "./version.ts";

/** What a server listens with. */
export interface Listening {
  readonly host: string;
  readonly port: number;
  readonly drainMs: number;
  readonly http: HttpSettings;
  /** Begins the end. */
  readonly signal: AbortSignal;
  /** One line about a request. */
  readonly log: (line: string) => void;
}

/** A server that listens, perhaps before its model has loaded. */
export interface RewardServer {
  readonly server: HttpServer;
  readonly metrics: Metrics;
  /** Whatever waits for the model is answered once one of these is called. */
  resolve(service: Service): void;
  reject(error: unknown): void;
}

/** Listens; requests for rewards are answered 503 until the service is there. */
export function listenForRewards(
  { host, port, drainMs, http, signal, log }: Listening,
): RewardServer {
  const metrics = new Metrics();
  const { promise: service, resolve, reject } = Promise.withResolvers<Service>();
  const app = createApp({ service, metrics, version, settings: http, draining: signal, log });
  const server = serveHttp(app, { hostname: host, port, drainMs, signal });
  return { server, metrics, resolve, reject };
}

/** Loads the model, which warms it up, and puts the queue before it. */
export async function loadService(
  settings: Pick<Settings, ModelSetting | "maxQueue">,
  metrics: Metrics,
): Promise<Service> {
  const model = await loadModel(settings.model, loadOptions(settings));
  const batcher = new Batcher(model.engine, {
    limits: {
      maxTokens: settings.maxBatchTokens,
      maxQueued: settings.maxQueue,
      maxPlannedTokens: settings.maxCreditTokens,
    },
    onBatch: (batch) => metrics.recordBatch(batch),
  });
  return { model, batcher, scorer: createScorer(model, batcher) };
}
