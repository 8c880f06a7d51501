import assert from "node:assert/strict";
import { protocolRoutes } from "../../src/http/answer.ts";
import { protocols } from "../../src/http/protocols/registry.ts";
import { Backend } from "../../src/http/backend.ts";
import { defaultWireLimits } from "../../src/wire/limits.ts";
import { errorBodySchema } from "../../src/wire/error.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { samplesOf } from "./samples.ts";
import { type FakeApp, fakeApp, type FakeAppOptions, goodRequest } from "./fake_app.ts";

Deno.test("a protocol's routes carry its name, its errors and its schemas", () => {
  const backend = new Backend(fakeApp().models);
  const options = {
    ...{ backend, limits: defaultWireLimits, maxBodyBytes: 1, maxBodiesBytes: 1, deadlineMs: 0 },
    ...{ clock: new FakeClock(), version: "1", logText: false },
  };
  for (const protocol of protocols) {
    const routes = protocolRoutes([protocol], options);
    assert.ok(routes.length >= protocol.routes.length);
    for (const { tags, errors } of routes) {
      assert.deepEqual([tags, errors], [[protocol.name], protocol]);
    }
    for (const { method, open, request } of routes.slice(0, protocol.routes.length)) {
      assert.deepEqual([method, open, request?.type], ["POST", false, "application/json"]);
    }
  }
});

Deno.test("a path of several protocols is one route, which the body tells apart", async () => {
  const { app } = fakeApp();
  const init = { method: "POST", headers: { "Content-Type": "application/json" } };
  const ask = async (body: unknown) =>
    await (await app.request("/classify", { ...init, body: JSON.stringify(body) })).json();
  assert.equal(typeof (await ask({ input: "a b" })).data[0].probs[0], "number");
  assert.equal(typeof (await ask({ text: "a b" })).embedding[0], "number");
  assert.equal((await ask({ input: [] })).error.code, 400);
  assert.deepEqual(Object.keys((await ask({ text: [] })).error), ["message"]);
  const { paths } = await (await app.request("/openapi.json")).json();
  assert.deepEqual(paths["/classify"].post.tags, ["vLLM", "SGLang"]);
  const docs = await (await app.request("/docs")).text();
  for (const name of ["vLLM", "SGLang"]) assert.ok(docs.includes(`<h2>${name}</h2>`));
});

Deno.test("a body with the inputs of two protocols of a path is refused, and null is no input", async () => {
  const { app } = fakeApp();
  const init = { method: "POST", headers: { "Content-Type": "application/json" } };
  const ask = async (path: string, body: unknown) => {
    const response = await app.request(path, { ...init, body: JSON.stringify(body) });
    return { status: response.status, reply: await response.json() };
  };
  const rerank = { query: "a", documents: ["b"], texts: ["c", "d"] };
  for (
    const [path, body] of [["/classify", { input: "a", text: "b" }], ["/rerank", rerank]] as const
  ) {
    const { status, reply: { error } } = await ask(path, body);
    assert.equal(status, 400);
    assert.match(
      error.message,
      /one input, and not those of vLLM and of .*: received an object with .*text/,
    );
  }
  assert.equal((await ask("/classify", { input: "a", text: null })).status, 200);
  assert.equal((await ask("/rerank", { ...rerank, texts: null })).status, 200);
  assert.equal((await ask("/rerank", { ...rerank, documents: null })).reply.length, 2);
});

/** Asserts that the server is none the worse. */
async function stillServes({ rewards }: FakeApp): Promise<void> {
  const response = await rewards(goodRequest);
  assert.equal(response.status, 200, await response.clone().text());
  await response.body?.cancel();
}

Deno.test("a model that fails is a model failure whose cause is logged and not told", async () => {
  const lines: string[] = [];
  const fake = fakeApp({ log: (line) => lines.push(line) });
  fake.model.engine.fail(new Error("CUDA error at /opt/secret"));
  const response = await fake.rewards(goodRequest, { headers: { "X-Request-Id": "bad-1" } });
  const { error } = errorBodySchema().parse(await response.json());
  assert.deepEqual([response.status, error.kind], [500, "model_failure"]);
  assert.doesNotMatch(error.message, /secret/);
  assert.match(lines.join("\n"), /id=bad-1[^]*secret/);
  fake.model.engine.mend();
  await stillServes(fake);
});

Deno.test("a full queue is answered 503 with the seconds to wait, and serves again once it is empty", async () => {
  const fake = fakeApp({ batcher: { limits: { maxQueued: 2 } } });
  fake.model.engine.hold();
  const first = fake.rewards(goodRequest);
  await untilAsked(fake);
  const refused = await fake.rewards(goodRequest);
  assert.equal(refused.status, 503);
  assert.match(refused.headers.get("Retry-After") ?? "", /^[1-9]\d*$/);
  assert.equal((await refused.json()).error.kind, "overloaded");
  fake.model.engine.release();
  assert.equal((await first).status, 200);
  await stillServes(fake);
});

Deno.test("a deadline that passes is answered 504 even while the engine is busy", async () => {
  const clock = new FakeClock();
  const fake = fakeApp({ clock, batcher: { clock }, settings: { deadlineMs: 500 } });
  fake.model.engine.hold();
  const late = fake.rewards(goodRequest);
  await untilAsked(fake);
  clock.advance(500);
  const response = await late;
  assert.equal(response.status, 504);
  assert.equal((await response.json()).error.kind, "deadline_exceeded");
  fake.model.engine.release();
  await stillServes(fake);
  assert.equal(clock.pending, 0);
});

/** What the log and the metrics say of where requests failed. */
async function failures(
  options: FakeAppOptions,
  fail: (fake: FakeApp, clock: FakeClock) => Promise<unknown>,
) {
  const clock = new FakeClock();
  const lines: string[] = [];
  const fake = fakeApp({
    ...options,
    ...{ clock, now: () => clock.date(), log: (line) => lines.push(line) },
    batcher: { ...options.batcher, clock },
    settings: { ...options.settings, accessLog: "json" },
  });
  await fail(fake, clock);
  const said = lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind !== undefined);
  const samples = await samplesOf(await fake.app.request("/metrics"));
  const stages = [...samples].filter(([name]) => name.startsWith("stage_seconds_sum"));
  return { said, stages: new Map(stages) };
}

Deno.test("a request that fails while it waits or runs says how long it did", async () => {
  const { said, stages } = await failures(
    { settings: { deadlineMs: 500 } },
    async (fake, clock) => {
      fake.model.engine.hold();
      const running = fake.rewards(goodRequest);
      await untilAsked(fake);
      const waiting = fake.rewards({ items: [{ prompt: "Another", completions: [" one"] }] });
      while (fake.models.find().batcher!.stats.waiting === 0) await turns();
      clock.advance(500);
      for (const response of [running, waiting]) assert.equal((await response).status, 504);
      fake.model.engine.release();
    },
  );
  const times = said.map(({ model, kind, queue_ms, inference_ms }) => ({
    ...{ model, kind, queue_ms, inference_ms },
  }));
  const late = { model: "fake-reward", kind: "deadline_exceeded" };
  assert.deepEqual(times.toSorted((a, b) => a.queue_ms - b.queue_ms), [
    { ...late, queue_ms: 0, inference_ms: 500 },
    { ...late, queue_ms: 500, inference_ms: undefined },
  ]);
  assert.equal(stages.get('stage_seconds_sum{model="fake-reward",stage="queue"}'), 0.5);
  assert.equal(stages.get('stage_seconds_sum{model="fake-reward",stage="inference"}'), 0.5);
});

Deno.test("a request that fails as it is read, or is refused at the door, was in no later stage", async () => {
  const { said, stages } = await failures({}, async (fake) => {
    assert.equal((await fake.rewards("{")).status, 400);
    assert.equal((await fake.rewards({ ...goodRequest, model: "none" })).status, 404);
  });
  assert.deepEqual(said.map(({ kind, model }) => [kind, model]), [
    ["invalid_request", undefined],
    ["unknown_model", undefined],
  ]);
  assert.deepEqual([...stages.keys()], ['stage_seconds_sum{model="",stage="read"}']);
  const full = await failures({ batcher: { limits: { maxQueued: 2 } } }, async (fake) => {
    fake.model.engine.hold();
    const first = fake.rewards(goodRequest);
    await untilAsked(fake);
    assert.equal((await fake.rewards(goodRequest)).status, 503);
    fake.model.engine.release();
    await first;
  });
  assert.deepEqual(full.said.map(({ queue_ms, tokenize_ms }) => [queue_ms, tokenize_ms]), [
    [undefined, undefined],
  ]);
});

Deno.test("numbers that are not finite fail where they were computed, not as credit", async () => {
  const { said, stages } = await failures({ engine: { notFinite: () => true } }, async (fake) => {
    assert.equal((await fake.rewards(goodRequest)).status, 500);
  });
  assert.deepEqual(said.map(({ kind, model }) => [kind, model]), [
    ["model_failure", "fake-reward"],
  ]);
  const names = ["read", "tokenize", "queue", "inference"];
  assert.deepEqual(
    [...stages.keys()],
    names.map((stage) => `stage_seconds_sum{model="fake-reward",stage="${stage}"}`),
  );
});

Deno.test("a caller may say how long its answer is worth waiting for, by header or as Triton does", async () => {
  const clock = new FakeClock();
  const fake = fakeApp({ clock, batcher: { clock }, settings: { deadlineMs: 500 } });
  fake.model.engine.hold();
  const tensors = ["prompt", "completion"].map((name) => (
    { name, shape: [1], datatype: "BYTES", data: [name] }
  ));
  const late = [
    fake.rewards(goodRequest, { headers: { "x-abacus-deadline-ms": "20" } }),
    fake.app.request(`/v2/models/${fake.model.name}/infer`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ inputs: tensors, parameters: { timeout: 20_000 } }),
    }),
  ];
  const patient = fake.rewards(goodRequest, { headers: { "x-abacus-deadline-ms": "9999" } });
  await untilAsked(fake);
  await turns();
  clock.advance(20);
  assert.deepEqual((await Promise.all(late)).map(({ status }) => status), [504, 504]);
  fake.model.engine.release();
  assert.equal((await patient).status, 200);
  const wrong = await fake.rewards(goodRequest, { headers: { "x-abacus-deadline-ms": "soon" } });
  assert.equal((await wrong.json()).error.kind, "invalid_request");
  assert.equal(clock.pending, 0);
});

Deno.test("a request that would be answered too late is refused at once, before it is tokenised", async () => {
  const clock = new FakeClock();
  const limits = { maxTokens: 8 };
  const fake = fakeApp({ clock, batcher: { clock, limits }, settings: { deadlineMs: 60_000 } });
  const many = { items: [{ prompt: "A", completions: ["b", "c", "d", "e", "f", "g", "h", "i"] }] };
  fake.model.engine.hold();
  const first = fake.rewards(many);
  await untilAsked(fake);
  clock.advance(3_000);
  fake.model.engine.release();
  assert.equal((await first).status, 200);
  fake.model.engine.hold();
  const asked = fake.model.engine.batches.length;
  const second = fake.rewards(many);
  while (fake.model.engine.batches.length === asked) await turns();
  const refused = await fake.rewards(goodRequest, { headers: { "x-abacus-deadline-ms": "100" } });
  assert.equal(refused.status, 503);
  assert.match((await refused.json()).error.message, /the deadline is in 100 ms/);
  assert.match(refused.headers.get("Retry-After") ?? "", /^[1-9]\d*$/);
  fake.model.engine.release();
  assert.equal((await second).status, 200);
});

Deno.test("where no model has a place no body is read, and the status is the one that was set", async () => {
  const settings = { overloadStatus: 429 } as const;
  const fake = fakeApp({ settings, batcher: { limits: { maxQueued: 2 } } });
  fake.model.engine.hold();
  const first = fake.rewards(goodRequest);
  await untilAsked(fake);
  const refused = await fake.rewards("not JSON at all");
  assert.equal(refused.status, 429);
  assert.match(refused.headers.get("Retry-After") ?? "", /^[1-9]\d*$/);
  assert.equal((await refused.json()).error.kind, "overloaded");
  fake.model.engine.release();
  assert.equal((await first).status, 200);
  const stopping = fakeApp({ settings, models: new Promise(() => {}) });
  assert.equal((await stopping.rewards(goodRequest)).status, 503, "nobody is too many for it");
});

Deno.test("bodies that others hold leave no room for one more, until those are answered", async () => {
  const size = JSON.stringify(goodRequest).length;
  const fake = fakeApp({ settings: { maxBodyBytes: size, maxBodiesBytes: size } });
  fake.model.engine.hold();
  const first = fake.rewards(goodRequest);
  await untilAsked(fake);
  const refused = await fake.rewards(goodRequest);
  assert.equal(refused.status, 503);
  assert.match((await refused.json()).error.message, /--max-bodies-mb/);
  fake.model.engine.release();
  assert.equal((await first).status, 200);
  await stillServes(fake);
});

Deno.test("a caller who hangs up frees its places, and nothing of it is computed", async () => {
  const fake = fakeApp({ batcher: { limits: { maxQueued: 3 } } });
  fake.model.engine.hold();
  const running = fake.rewards({ items: [{ prompt: "a", completions: ["b"] }] });
  await untilAsked(fake);
  const leaving = new AbortController();
  const left = fake.rewards(goodRequest, { signal: leaving.signal });
  await turns();
  leaving.abort();
  assert.equal((await left).status, 499);
  fake.model.engine.release();
  assert.equal((await running).status, 200);
  await stillServes(fake);
  const asked = fake.model.engine.batches.map((batch) => batch.length);
  assert.deepEqual(asked, [1, 2]);
});

/** Waits until the engine holds a batch. */
async function untilAsked({ model }: FakeApp): Promise<void> {
  while (model.engine.batches.length === 0) await turns();
}

/** Lets everything that is due run; no time is waited for. */
function turns(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
