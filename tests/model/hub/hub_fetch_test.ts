import assert from "node:assert/strict";
import { hubFetch } from "../../../src/model/hub/hub_fetch.ts";
import { fakeSleep } from "./fake_hub.ts";

/** A server of one answer after another; the last one stays. */
function serverOf(...answers: ((request: Request) => Response | Promise<Response>)[]) {
  const asked: Headers[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    asked.push(request.headers);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    return answer?.(request) ?? new Response(null, { status: 404 });
  });
  const hubUrl = `http://127.0.0.1:${server.addr.port}`;
  return { asked, hubUrl, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("a success is handed through, and what is asked comes uncompressed and with the token", async () => {
  await using server = serverOf(() => new Response("file"));
  const fetch = hubFetch({ id: "o/n", hubUrl: server.hubUrl, token: "secret" });
  const response = await fetch(`${server.hubUrl}/x`, { headers: { Range: "bytes=3-" } });
  assert.equal(await response.text(), "file");
  const [headers] = server.asked;
  assert.equal(headers?.get("Authorization"), "Bearer secret");
  assert.equal(headers?.get("Accept-Encoding"), "identity");
  assert.equal(headers?.get("Range"), "bytes=3-");
});

Deno.test("a link to another host does not get the token", async () => {
  await using server = serverOf(() => new Response("file"));
  const fetch = hubFetch({ id: "o/n", hubUrl: "https://huggingface.co", token: "secret" });
  await (await fetch(server.hubUrl)).body?.cancel();
  assert.equal(server.asked[0]?.get("Authorization"), null);
});

Deno.test("a range behind the end is an answer, not a failure", async () => {
  await using server = serverOf(() => new Response(null, { status: 416 }));
  assert.equal((await hubFetch({ id: "o/n", hubUrl: server.hubUrl })(server.hubUrl)).status, 416);
});

Deno.test("what may pass by itself is tried again, with pauses that grow", async () => {
  const failing = [408, 500, 502, 504].map((status) => () => new Response("busy", { status }));
  await using server = serverOf(...failing, () => new Response("at last"));
  const { slept, sleep } = fakeSleep();
  const response = await hubFetch({ id: "o/n", hubUrl: server.hubUrl, sleep })(server.hubUrl);
  assert.equal(await response.text(), "at last");
  assert.deepEqual(slept, [1_000, 2_000, 4_000, 8_000]);
});

Deno.test("a hub that never answers is asked again once, and given up", async () => {
  const silent = Promise.withResolvers<Response>();
  await using server = serverOf(() => silent.promise);
  const { slept, sleep } = fakeSleep();
  const fetch = hubFetch({ id: "o/n", hubUrl: server.hubUrl, sleep, idleTimeoutMs: 20 });
  await assert.rejects(fetch(server.hubUrl), {
    kind: "bad_model",
    message: /cannot be reached: received nothing arrived for 0\.02 s$/,
  });
  assert.deepEqual(slept, [1_000]);
  silent.resolve(new Response());
});

Deno.test("a hub that has answered before and falls silent gets more time to come back", async () => {
  const silent = Promise.withResolvers<Response>();
  await using server = serverOf(() => new Response("once"), () => silent.promise);
  const { slept, sleep } = fakeSleep();
  const fetch = hubFetch({ id: "o/n", hubUrl: server.hubUrl, sleep, idleTimeoutMs: 20 });
  assert.equal(await (await fetch(server.hubUrl)).text(), "once");
  await assert.rejects(fetch(server.hubUrl), { kind: "bad_model" });
  assert.deepEqual(slept, [1_000, 2_000, 4_000, 8_000]);
  silent.resolve(new Response());
});

Deno.test("a stop ends a request that waits, and a pause before the next", async () => {
  const silent = Promise.withResolvers<Response>();
  const stop = new AbortController();
  await using server = serverOf(() => {
    stop.abort("SIGINT");
    return silent.promise;
  });
  const fetch = hubFetch({ id: "o/n", hubUrl: server.hubUrl, signal: stop.signal });
  await assert.rejects(fetch(server.hubUrl), { kind: "cancelled", message: /received SIGINT$/ });
  silent.resolve(new Response());

  const pausing = new AbortController();
  await using busy = serverOf(() => new Response(null, { status: 503 }));
  const sleep = (_: number, signal: AbortSignal | undefined) => {
    pausing.abort("SIGTERM");
    return Promise.reject(signal?.reason);
  };
  const waiting = hubFetch({ id: "o/n", hubUrl: busy.hubUrl, signal: pausing.signal, sleep });
  await assert.rejects(waiting(busy.hubUrl), { kind: "cancelled", message: /received SIGTERM$/ });
});
