/**
 * The app over a fake model: what HTTP tests and the page's tests talk to.
 *
 * @module
 */

import { Batcher, type BatcherOptions } from "../../src/batch/batcher.ts";
import { type AppOptions, createApp } from "../../src/http/app.ts";
import { Metrics } from "../../src/http/metrics.ts";
import type { App } from "../../src/http/route.ts";
import type { ServedModel, ServedModels } from "../../src/http/backend.ts";
import { ModelSet } from "../../src/model/model_set.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import { FakeEngine, type FakeEngineOptions } from "../support/fake_engine.ts";
import { type FakeModel, fakeModel, type FakeModelOptions } from "../support/fake_model.ts";

/** What may differ from the plain fake app. */
export interface FakeAppOptions extends Partial<AppOptions> {
  readonly model?: FakeModelOptions;
  /** Names of further models. @default none */
  readonly others?: readonly string[];
  readonly engine?: FakeEngineOptions;
  readonly batcher?: BatcherOptions;
}

/** An app and what stands behind it. */
export interface FakeApp {
  readonly app: App;
  readonly model: FakeModel;
  readonly models: ServedModels;
  /** Posts a reward request: a value as JSON, or a string as it stands. */
  rewards(body: unknown, init?: RequestInit): Promise<Response>;
}

/** Makes an app without files, sockets and logs. */
export function fakeApp(options: FakeAppOptions = {}): FakeApp {
  const { model: modelOptions, others = [], engine, batcher: batcherOptions, ...rest } = options;
  const model = fakeModel({ engine: new FakeEngine(engine), ...modelOptions });
  const metrics = new Metrics();
  const serve = (model: FakeModel): ServedModel => {
    const onBatch = metrics.recordBatch.bind(metrics, model.name);
    const batcher = new Batcher(model.engine, { onBatch, ...batcherOptions });
    return { scorer: createScorer(model, batcher), model, batcher };
  };
  const models = new ModelSet([model, ...others.map((name) => fakeModel({ name }))].map(serve));
  const app = createApp({
    models,
    metrics,
    ...rest,
    settings: { accessLog: "off", deadlineMs: 0, ...rest.settings },
  });
  return {
    app,
    model,
    models,
    async rewards(body, init = {}) {
      const headers = new Headers(init.headers);
      if (!headers.has("Content-Type")) headers.set("Content-Type", "application/json");
      const text = typeof body === "string" ? body : JSON.stringify(body);
      return await app.request("/v1/rewards", { method: "POST", body: text, ...init, headers });
    },
  };
}

/** A request that the fake model answers. */
export const goodRequest = {
  items: [{ prompt: "The film was", completions: [" a delight.", " dull."] }],
};
