import assert from "node:assert/strict";
import type { EngineState } from "../../src/engine/engine_state.ts";
import { factsOf } from "../../src/scorer/facts.ts";
import { Backend, type ServedModel, type ServedModels } from "../../src/http/backend.ts";
import { ModelSet } from "../../src/model/model_set.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { fakeModel } from "../support/fake_model.ts";

const stats = {
  admitted: 1,
  waiting: 0,
  waitingTokens: 0,
  oldestMs: 0,
  running: 0,
  lastBatch: undefined,
};

function served(name: string): ServedModel {
  const model = fakeModel({ name });
  return {
    scorer: { score: () => Promise.reject(new Error("not asked")), facts: factsOf(model) },
    model,
    batcher: { stats },
  };
}

const models: ServedModels = new ModelSet([served("a"), served("b")]);

Deno.test("models that are there are ready, each with its queue", () => {
  const backend = new Backend(models);
  assert.equal(backend.readiness, "ready");
  assert.equal(backend.require(), models);
  assert.deepEqual(backend.queues, [{ model: "a", stats }, { model: "b", stats }]);
});

Deno.test("models that load are awaited, and callers are told to come back", async () => {
  const { promise, resolve } = Promise.withResolvers<ServedModels>();
  const backend = new Backend(promise);
  assert.equal(backend.readiness, "loading");
  assert.deepEqual(backend.queues, []);
  assert.throws(() => backend.require(), {
    kind: "overloaded",
    retryAfterS: 2,
    message: /loading/,
  });
  resolve(models);
  await promise;
  assert.equal(backend.readiness, "ready");
  assert.equal(backend.require(), models);
});

Deno.test("models that fail to load are never ready, and nothing is thrown beside", async () => {
  const backend = new Backend(Promise.reject(new Error("missing shard")));
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(backend.readiness, "failed");
  assert.throws(() => backend.require(), { kind: "overloaded", message: /failed to load/ });
});

Deno.test("a server that drains is not ready, and still answers what it has taken", () => {
  const draining = new AbortController();
  const backend = new Backend(models, draining.signal);
  draining.abort();
  assert.equal(backend.readiness, "draining");
  assert.equal(backend.require(), models);
});

/** A model whose replicas are in these states. */
function replicated(name: string, states: EngineState[]): ServedModel {
  const engine = Object.assign(new FakeEngine(), { states });
  return { ...served(name), model: fakeModel({ name, engine }) };
}

Deno.test("it is ready while every model has a replica that lives", () => {
  const states: EngineState[] = ["ready", "ready"];
  const set = new ModelSet([served("plain"), replicated("double", states)]);
  const backend = new Backend(set);
  const now = (...changed: EngineState[]) => {
    states.splice(0, 2, ...changed);
    return backend.readiness;
  };
  assert.equal(now("ready", "recovering"), "ready");
  assert.equal(now("failed", "ready"), "ready");
  assert.equal(now("recovering", "failed"), "recovering");
  assert.equal(now("failed", "failed"), "failed");
  assert.deepEqual(backend.replicas, [
    { model: "plain", states: ["ready"] },
    { model: "double", states: ["failed", "failed"] },
  ]);
  assert.equal(backend.require(), set, "requests are taken on, and wait for a replica");
  assert.equal(now("ready", "failed"), "ready");
});
