import assert from "node:assert/strict";
import { listenForRewards, type Listening, loadService } from "../../src/cli/reward_server.ts";
import { Metrics } from "../../src/http/metrics.ts";
import { fakeApp } from "../http/fake_app.ts";
import { goldenDirectory } from "../support/golden_model.ts";

/** Listens on a free port, until `stop` is called. */
function listening(log: Listening["log"] = () => {}) {
  const stopped = new AbortController();
  const server = listenForRewards({
    host: "127.0.0.1",
    port: 0,
    drainMs: 1_000,
    http: {
      maxBodyBytes: 1_000_000,
      deadlineMs: 0,
      apiKey: undefined,
      publicMetrics: true,
      corsOrigins: [],
      accessLog: "text",
    },
    signal: stopped.signal,
    log,
  });
  const stop = async () => {
    stopped.abort();
    await server.server.finished;
  };
  return { ...server, url: server.server.url, stop };
}

async function readiness(url: string): Promise<[number, string]> {
  const response = await fetch(`${url}/readyz`);
  return [response.status, (await response.json()).status];
}

const body = JSON.stringify({ items: [{ prompt: "The film", completions: [" was good"] }] });
const headers = { "content-type": "application/json" };

Deno.test("it listens before the model is there, and answers once it is", async () => {
  const lines: string[] = [];
  const server = listening((line) => lines.push(line));
  assert.deepEqual(await readiness(server.url), [503, "loading"]);
  const early = await fetch(`${server.url}/v1/rewards`, { method: "POST", headers, body });
  assert.equal(early.status, 503);
  await early.body?.cancel();
  server.resolve(fakeApp().service);
  assert.deepEqual(await readiness(server.url), [200, "ready"]);
  const answer = await fetch(`${server.url}/v1/rewards`, { method: "POST", headers, body });
  assert.equal((await answer.json()).model, "fake-reward");
  assert.ok(lines.some((line) => line.includes("/v1/rewards")), "requests are logged");
  await server.stop();
  await assert.rejects(fetch(server.url));
});

Deno.test("a model that failed is said to whoever watches", async () => {
  const server = listening();
  server.reject(new Error("no such model"));
  assert.deepEqual(await readiness(server.url), [503, "failed"]);
  await server.stop();
});

Deno.test("the service has the model, a scorer over it and a queue that is counted", async () => {
  const metrics = new Metrics();
  const service = await loadService({
    model: goldenDirectory("gpt2"),
    models: "models",
    name: "judge",
    score: undefined,
    device: "cpu",
    dtype: "auto",
    threads: 1,
    maxBatchTokens: 1_000,
    maxGradientMb: 1_000,
    maxCreditTokens: 1_000,
    maxQueue: 10,
  }, metrics);
  await using model = service.model;
  assert.equal(model.name, "judge");
  const server = listening();
  server.resolve(service);
  const answer = await fetch(`${server.url}/v1/rewards`, { method: "POST", headers, body });
  assert.equal((await answer.json()).items.length, 1);
  await server.stop();
});
