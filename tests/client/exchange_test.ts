/**
 * @module
 */

import assert from "node:assert/strict";
import { askWithRetries, readAnswer } from "../../src/client/exchange.ts";
import { RewardClientError } from "../../src/client/error.ts";
import { RequestScope } from "../../src/client/request_scope.ts";
import { type RewardClientOptions, settingsOf } from "../../src/client/options.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { broken, json, passTime, type Play, playing, refusal, silent } from "./played.ts";

function over(plays: Play[], options: Partial<RewardClientOptions> = {}) {
  const clock = new FakeClock();
  const { fetch, sent } = playing(...plays);
  const random = () => 0.5;
  const settings = settingsOf({ url: "http://rewards/base", fetch, clock, random, ...options });
  const stop = new AbortController();
  const scope = new RequestScope({ clock, timeoutMs: 60_000, signal: stop.signal });
  return { clock, sent, stop, context: { settings, scope } };
}

const question = { method: "POST", path: "v1/rewards", body: "{}" } as const;
const ok = () => json({ fine: true }, { headers: { "x-request-id": "r7" } });
const busy = () => refusal(503, { kind: "overloaded" });

Deno.test("a question goes out once, to its address, with the key, and follows no redirect", async () => {
  const { context, sent } = over([ok], { apiKey: "sk-1" });
  assert.deepEqual(await askWithRetries(question, context), {
    value: { fine: true },
    status: 200,
    requestId: "r7",
    attempts: 1,
  });
  const [{ url, init }] = sent as [typeof sent[number]];
  assert.equal(url, "http://rewards/base/v1/rewards");
  assert.deepEqual([init.method, init.redirect, init.body], ["POST", "manual", "{}"]);
  assert.deepEqual(init.headers, {
    accept: "application/json",
    "content-type": "application/json",
    "x-abacus-deadline-ms": "60000",
    authorization: "Bearer sk-1",
  });
});

Deno.test("a server is told the time that is left, at each attempt; of no limit it is told nothing", async () => {
  const deadlines = (sent: readonly { init: RequestInit }[]) =>
    sent.map(({ init }) => new Headers(init.headers).get("x-abacus-deadline-ms"));
  const retried = over([busy, ok]);
  await passTime(retried.clock, askWithRetries(question, retried.context), { stepMs: 250 });
  assert.deepEqual(deadlines(retried.sent), ["60000", "59750"]);
  const { context: { settings }, clock, sent } = over([ok, ok, ok]);
  for (const timeoutMs of [Infinity, 0.25]) {
    const scope = new RequestScope({ clock, timeoutMs });
    await askWithRetries(question, { settings, scope });
    scope.close();
  }
  const scope = new RequestScope({ clock, timeoutMs: 1_000 });
  await askWithRetries({ method: "GET", path: "v1/models" }, { settings, scope });
  scope.close();
  assert.deepEqual(deadlines(sent), [null, "1", null]);
});

Deno.test("502, 503, 504 and failing networks are asked again, with growing pauses", async () => {
  const gone = () => refusal(504, { kind: "deadline_exceeded" });
  const cut = () => new Response(new ReadableStream({ start: (c) => c.error(new Error("reset")) }));
  const gateway = () => new Response("<h1>Bad Gateway</h1>", { status: 502 });
  const { context, sent, clock } = over([busy, gone, broken, cut, gateway, ok]);
  const { value, atMs } = await passTime(clock, askWithRetries(question, context), { stepMs: 250 });
  assert.equal(value?.attempts, 6);
  assert.equal(sent.length, 6);
  assert.equal(atMs, 250 + 500 + 1_000 + 2_000 + 4_000, "half of 500, 1000 and so on");
});

Deno.test("after the last retry the last failure is thrown, with the number of attempts", async () => {
  const { context, sent, clock } = over([broken], { retries: 2 });
  const { error } = await passTime(clock, askWithRetries(question, context));
  assert.equal(sent.length, 3);
  assert.deepEqual({ ...error as object }, {
    ...(error as object),
    kind: "network",
    attempts: 3,
    status: undefined,
  });
  assert.match(
    String(error),
    /Cannot reach http:\/\/rewards\/base\/v1\/rewards as fetch failed \(ECONNRESET\)/,
  );
});

Deno.test("nothing else is asked twice", async () => {
  const refusals: Play[] = [
    () => refusal(400, { kind: "invalid_request" }),
    () => refusal(401, { kind: "unauthorized" }),
    () => refusal(404, { kind: "unknown_model" }),
    () => refusal(413, { kind: "too_large" }),
    () => refusal(422, { kind: "too_long" }),
    () => refusal(500, { kind: "model_failure" }),
    () => refusal(429, { kind: "overloaded" }, { "retry-after": "1" }),
    () => new Response("<h1>Not Implemented</h1>", { status: 501 }),
    () => new Response("<h1>Hello</h1>", { headers: { "content-type": "text/html" } }),
    () => new Response(null, { status: 302, headers: { location: "/elsewhere" } }),
    () => new Response(null, { status: 204 }),
    () => new Response('{"half', { headers: { "content-type": "application/json" } }),
  ];
  for (const play of refusals) {
    const { context, sent } = over([play]);
    await assert.rejects(askWithRetries(question, context), {
      name: "RewardClientError",
      attempts: 1,
    });
    assert.equal(sent.length, 1);
  }
});

Deno.test("Retry-After is waited for as seconds and as a date, up to the cap", async () => {
  const busy = (header: string): Play => () =>
    refusal(503, { kind: "overloaded" }, { "retry-after": header });
  // The fake clock's day begins with 1970.
  const headers = { "3": 3_000, "Thu, 01 Jan 1970 00:00:07 GMT": 7_000, "9999": 20_000, "soon": 0 };
  for (const [header, asked] of Object.entries(headers)) {
    const { context, clock } = over([busy(header), ok], { maxRetryAfterMs: 20_000 });
    const { atMs } = await passTime(clock, askWithRetries(question, context), { stepMs: 250 });
    assert.equal(atMs, asked + 250, header);
  }
});

Deno.test("a pause that would outlast the call is not begun", async () => {
  const busy = () => refusal(503, { kind: "overloaded" }, { "retry-after": "60" });
  const { context, sent, clock } = over([busy]);
  const { error, atMs } = await passTime(clock, askWithRetries(question, context));
  assert.equal(atMs, 0);
  assert.equal(sent.length, 1);
  assert.deepEqual([
    (error as { kind: string }).kind,
    (error as { retryAfterMs: number }).retryAfterMs,
  ], [
    "overloaded",
    60_000,
  ]);
});

Deno.test("a server that never answers costs the call's time and no more", async () => {
  const { context, clock } = over([silent]);
  const { error, atMs } = await passTime(clock, askWithRetries(question, context), {
    stepMs: 1_000,
  });
  assert.equal((error as { kind: string }).kind, "timeout");
  assert.equal((error as { attempts: number }).attempts, 1);
  assert.equal(atMs, 60_000);
});

Deno.test("after an abort nothing is sent: not while waiting, not while asking, not at first", async () => {
  const waiting = over([busy]);
  const failed = assert.rejects(askWithRetries(question, waiting.context), { kind: "aborted" });
  while (waiting.clock.pending < 2) await new Promise((resolve) => setTimeout(resolve, 0));
  waiting.stop.abort();
  await failed;
  waiting.clock.advance(10_000);
  assert.equal(waiting.sent.length, 1);

  const asking = over([silent]);
  const ended = assert.rejects(askWithRetries(question, asking.context), {
    kind: "aborted",
    attempts: 1,
  });
  asking.stop.abort();
  await ended;
  assert.ok(asking.sent[0]?.init.signal?.aborted, "the request itself is ended too");

  const before = over([ok]);
  before.stop.abort();
  await assert.rejects(askWithRetries(question, before.context), { kind: "aborted", attempts: 0 });
  assert.equal(before.sent.length, 0);
});

Deno.test("another status may be an answer where the question says so", async () => {
  const loading = () => json({ status: "loading" }, { status: 503 });
  const { context } = over([loading]);
  const question = { method: "GET", path: "readyz", alsoReads: 503 } as const;
  const answer = await askWithRetries(question, context);
  assert.deepEqual([answer.value, answer.status, answer.attempts], [{ status: "loading" }, 503, 1]);
});

Deno.test("an error about an answer has the details of the answer", () => {
  const answer = { value: 1, status: 200, requestId: "r7", attempts: 3 };
  assert.equal(readAnswer(answer, (value) => value), 1);
  const about = { kind: "protocol", status: 200, requestId: "r7", attempts: 3 };
  const read = () => {
    throw new RewardClientError("protocol", "Cannot");
  };
  assert.throws(() => readAnswer(answer, read), about);
  assert.throws(() => readAnswer(answer, () => ({} as { a: { b: 1 } }).a.b), about);
});
