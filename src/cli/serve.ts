/**
 * `serve`: answers reward requests over HTTP until it is told to stop.
 *
 * It listens before the model has loaded, so that a taken port is told at once and whoever watches
 * `/readyz` can tell a start from a failure.
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
import { createScorer } from "../scorer.ts";
import type { SettingName, Settings } from "../settings.ts";
import { type Call, type Command, defineCommand } from "./command.ts";
import { loadOptions, modelLine, modelSettings } from "./model_settings.ts";
import { version } from "./version.ts";

const names = [
  "port",
  "host",
  ...modelSettings,
  "maxQueue",
  "deadlineMs",
  "drainMs",
  "maxBodyMb",
  "apiKey",
  "publicMetrics",
  "corsOrigin",
  "log",
] as const satisfies SettingName[];

type ServeSettings = Pick<Settings, typeof names[number]>;

/** The command. */
export const serve: Command<typeof names[number]> = defineCommand({
  operands: [],
  settings: names,
  async run(call) {
    const stopped = new AbortController();
    const signal = AbortSignal.any([call.signal, stopped.signal]);
    const metrics = new Metrics();
    const { promise: service, resolve, reject } = Promise.withResolvers<Service>();
    const server = listen(call, { service, metrics, signal });
    try {
      const loading = loadService(call.settings, metrics);
      // Whoever stops the server while it loads does not have to wait for the model.
      const loaded = await Promise.race([loading, server.finished]);
      if (!("model" in loaded)) return 0;
      await using _model = loaded.model;
      resolve(loaded);
      call.terminal.note(`${modelLine(loaded.model)}: ${server.url}`);
      return await finish(server, call);
    } catch (error) {
      // The app answers 503 until the socket is closed; the program reports the error.
      reject(error);
      stopped.abort();
      await server.finished;
      throw error;
    }
  },
});

/** What the app is told when the server begins to listen. */
interface Listening {
  readonly service: Promise<Service>;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
}

function listen(
  { settings, terminal }: Call<typeof names[number]>,
  started: Listening,
): HttpServer {
  const { service, metrics, signal } = started;
  const app = createApp({
    service,
    metrics,
    version,
    settings: httpSettings(settings),
    draining: signal,
    log: (line) => terminal.note(line),
  });
  const { host: hostname, port, drainMs } = settings;
  return serveHttp(app, { hostname, port, drainMs, signal });
}

/** Loads the model, which warms it up, and puts the queue before it. */
async function loadService(settings: ServeSettings, metrics: Metrics): Promise<Service> {
  const model = await loadModel(settings.model, loadOptions(settings));
  const batcher = new Batcher(model.engine, {
    limits: { maxTokens: settings.maxBatchTokens, maxQueued: settings.maxQueue },
    onBatch: (batch) => metrics.recordBatch(batch),
  });
  return { model, batcher, scorer: createScorer(model, batcher) };
}

/** Waits for the signal, then for what is in flight. */
async function finish(server: HttpServer, call: Call<"drainMs">): Promise<number> {
  const { drained } = await server.finished;
  if (drained) return 0;
  call.terminal.note(
    `abacus: stopped after --drain-ms ${call.settings.drainMs} with requests unanswered`,
  );
  return 1;
}

/** The settings in the units of the HTTP side. */
function httpSettings(settings: ServeSettings): HttpSettings {
  return {
    maxBodyBytes: settings.maxBodyMb * 1_000_000,
    deadlineMs: settings.deadlineMs,
    apiKey: settings.apiKey,
    publicMetrics: settings.publicMetrics,
    corsOrigins: (settings.corsOrigin ?? "").split(",").map((each) => each.trim()).filter(Boolean),
    accessLog: settings.log,
  };
}
