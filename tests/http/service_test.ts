import assert from "node:assert/strict";
import { Backend, type Service } from "../../src/http/service.ts";
import { fakeModel } from "../support/fake_model.ts";

const stats = { admitted: 1, waiting: 0, waitingTokens: 0, running: 0, lastBatch: undefined };
const service: Service = {
  scorer: { score: () => Promise.reject(new Error("not asked")) },
  model: fakeModel(),
  batcher: { stats },
};

Deno.test("a service that is there is ready", () => {
  const backend = new Backend(service);
  assert.equal(backend.readiness, "ready");
  assert.equal(backend.require(), service);
  assert.equal(backend.queue, stats);
});

Deno.test("a service that loads is awaited, and callers are told to come back", async () => {
  const { promise, resolve } = Promise.withResolvers<Service>();
  const backend = new Backend(promise);
  assert.equal(backend.readiness, "loading");
  assert.equal(backend.queue, undefined);
  assert.throws(() => backend.require(), {
    kind: "overloaded",
    retryAfterS: 2,
    message: /loading/,
  });
  resolve(service);
  await promise;
  assert.equal(backend.readiness, "ready");
  assert.equal(backend.require(), service);
});

Deno.test("a service that fails to load is never ready, and nothing is thrown beside", async () => {
  const backend = new Backend(Promise.reject(new Error("missing shard")));
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(backend.readiness, "failed");
  assert.throws(() => backend.require(), { kind: "overloaded", message: /failed to load/ });
});

Deno.test("a server that drains is not ready, and still answers what it has taken", () => {
  const draining = new AbortController();
  const backend = new Backend(service, draining.signal);
  draining.abort();
  assert.equal(backend.readiness, "draining");
  assert.equal(backend.require(), service);
});
