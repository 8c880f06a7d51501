import assert from "node:assert/strict";
import type { ServedModels } from "../../src/http/backend.ts";
import { creditMethodNames } from "../../src/credit/registry.ts";
import { modelsReplySchema } from "../../src/wire/models.ts";
import { fakeApp, goodRequest } from "./fake_app.ts";

Deno.test("health is answered whatever the model does", async () => {
  const loading = fakeApp({ models: new Promise<ServedModels>(() => {}) });
  const response = await loading.app.request("/healthz");
  assert.deepEqual([response.status, await response.json()], [200, { status: "alive" }]);
});

Deno.test("readiness is 503 while the model loads and everything that needs it is 503 too", async () => {
  const { app, rewards } = fakeApp({ models: new Promise<ServedModels>(() => {}) });
  const ready = await app.request("/readyz");
  assert.deepEqual([ready.status, await ready.json()], [503, { status: "loading" }]);
  for (const response of [await rewards(goodRequest), await app.request("/v1/models")]) {
    assert.deepEqual([response.status, response.headers.get("Retry-After")], [503, "2"]);
    assert.match((await response.json()).error.message, /still loading/);
  }
  assert.equal((await app.request("/metrics")).status, 200);
  assert.equal((await app.request("/")).status, 200);
});

Deno.test("readiness is 200 once the model is there and 503 again once the server drains", async () => {
  const draining = new AbortController();
  const { app, rewards } = fakeApp({ draining: draining.signal });
  assert.equal((await app.request("/readyz")).status, 200);
  draining.abort();
  const response = await app.request("/readyz");
  assert.deepEqual([response.status, await response.json()], [503, { status: "draining" }]);
  assert.equal((await app.request("/healthz")).status, 200);
  assert.equal((await rewards(goodRequest)).status, 503, "what comes now is turned away");
});

Deno.test("the loaded model is described with its device, limits and credit methods", async () => {
  const { app } = fakeApp({ model: { name: "m", context: 99 } });
  const response = await app.request("/v1/models");
  const { data } = modelsReplySchema().parse(await response.json());
  const [model] = data;
  const whole = creditMethodNames.filter((name) => name !== "steps");
  assert.equal(data.length, 1);
  assert.deepEqual([model?.id, model?.context, model?.device, model?.dtype], [
    "m",
    99,
    "cpu",
    "float32",
  ]);
  assert.deepEqual(model?.credit_methods.map(({ name }) => name), whole);
  assert.ok(model?.credit_methods.every(({ summary }) => summary.length > 10));
  assert.ok((model?.limits.items ?? 0) > 0);
});

Deno.test("a method that the model cannot serve is not offered", async () => {
  const { app } = fakeApp({ model: { attention: "bidirectional" } });
  const { data } = await (await app.request("/v1/models")).json();
  const names = data[0].credit_methods.map(({ name }: { name: string }) => name);
  assert.ok(!names.includes("red"));
});

Deno.test("metrics come in the format that Prometheus reads", async () => {
  const response = await fakeApp().app.request("/metrics");
  assert.match(response.headers.get("Content-Type") ?? "", /^text\/plain; version=0\.0\.4/);
  assert.match(await response.text(), /^# HELP abacus_/);
});

Deno.test("all models are listed, the default first", async () => {
  const { app } = fakeApp({ others: ["second", "third"] });
  const { data } = modelsReplySchema().parse(await (await app.request("/v1/models")).json());
  assert.deepEqual(data.map(({ id }) => id), ["fake-reward", "second", "third"]);
});
