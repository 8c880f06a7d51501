import assert from "node:assert/strict";
import { factsOf } from "../../src/scorer/facts.ts";
import { AbacusError } from "../../src/errors.ts";
import { ModelSet } from "../../src/model/model_set.ts";
import { createApp } from "../../src/http/app.ts";
import { errorBodySchema } from "../../src/wire/error.ts";
import { fakeApp, goodRequest } from "./fake_app.ts";

Deno.test("an unknown path is answered 404 with its name and the headers of every answer", async () => {
  const response = await fakeApp().app.request("/v2/rewards");
  const { error } = errorBodySchema().parse(await response.json());
  assert.deepEqual([response.status, error.kind], [404, "unknown_route"]);
  assert.match(error.message, /received GET \/v2\/rewards$/);
  assert.equal(response.headers.get("X-Content-Type-Options"), "nosniff");
  assert.equal(response.headers.get("X-Request-Id"), error.request_id);
});

const wrongMethods: readonly [method: string, path: string, allow: string][] = [
  ["GET", "/v1/rewards", "POST, OPTIONS"],
  ["HEAD", "/v1/rewards", "POST, OPTIONS"],
  ["PUT", "/v1/rewards", "POST, OPTIONS"],
  ["POST", "/v1/models", "GET, HEAD, OPTIONS"],
  ["DELETE", "/healthz", "GET, HEAD, OPTIONS"],
  ["POST", "/", "GET, HEAD, OPTIONS"],
  ["PATCH", "/page/main.js", "GET, HEAD, OPTIONS"],
];

for (const [method, path, allow] of wrongMethods) {
  Deno.test(`${method} ${path} is answered 405 and told what is allowed`, async () => {
    const response = await fakeApp().app.request(path, { method });
    assert.deepEqual([response.status, response.headers.get("Allow")], [405, allow]);
    if (method === "HEAD") return;
    assert.equal((await response.json()).error.kind, "unknown_route");
  });
}

Deno.test("OPTIONS says what a path allows, without a body", async () => {
  const response = await fakeApp().app.request("/v1/rewards", { method: "OPTIONS" });
  assert.deepEqual([response.status, response.headers.get("Allow")], [204, "POST, OPTIONS"]);
  assert.equal(await response.text(), "");
});

Deno.test("HEAD is answered as GET is, less the body, with its length", async () => {
  const { app } = fakeApp();
  for (const path of ["/", "/docs", "/v1/models", "/healthz"]) {
    const get = await app.request(path);
    const head = await app.request(path, { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(head.headers.get("Content-Type"), get.headers.get("Content-Type"));
    assert.equal(await head.text(), "");
    const { byteLength } = await get.arrayBuffer();
    assert.equal(head.headers.get("Content-Length"), String(byteLength), path);
  }
});

Deno.test("what is thrown anywhere is answered by one shape, and an internal one is logged", async () => {
  const lines: string[] = [];
  const { model } = fakeApp();
  const throwing = (thrown: unknown) =>
    createApp({
      models: new ModelSet([{
        scorer: { score: () => Promise.reject(thrown), facts: factsOf(model) },
        model,
        batcher: {
          stats: {
            admitted: 0,
            waiting: 0,
            waitingTokens: 0,
            oldestMs: 0,
            running: 0,
            lastBatch: undefined,
          },
        },
      }]),
      settings: { accessLog: "off", deadlineMs: 0 },
      log: (line) => lines.push(line),
    }).request("/v1/rewards", {
      method: "POST",
      body: JSON.stringify(goodRequest),
      headers: { "Content-Type": "application/json" },
    });
  const known = await throwing(new AbacusError("too_long", "Cannot score", { path: "items[0]" }));
  assert.deepEqual([known.status, (await known.json()).error.path], [422, "items[0]"]);
  assert.deepEqual(lines, []);
  const unknown = await throwing(new RangeError("the inside"));
  const { error } = errorBodySchema().parse(await unknown.json());
  assert.deepEqual([unknown.status, error.kind], [500, "model_failure"]);
  assert.doesNotMatch(error.message, /inside$/);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", new RegExp(`id=${error.request_id} RangeError: the inside`));
});

Deno.test("two apps share nothing", async () => {
  const [one, other] = [fakeApp(), fakeApp()];
  await one.rewards(goodRequest);
  assert.match(
    await (await one.app.request("/metrics")).text(),
    /abacus_completions_total\{model="fake-reward"\} 2/,
  );
  const text = await (await other.app.request("/metrics")).text();
  assert.doesNotMatch(text, /abacus_completions_total\{/);
});
