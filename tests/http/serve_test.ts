/**
 * The one HTTP test with sockets: on this machine, at free ports.
 *
 * @module
 */

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { type Fetcher, type HttpServer, serveHttp } from "../../src/http/serve.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { fakeApp, goodRequest } from "./fake_app.ts";

function serve(app: Fetcher, options: { drainMs?: number; clock?: FakeClock } = {}) {
  const stop = new AbortController();
  const where = { hostname: "127.0.0.1", port: 0, signal: stop.signal };
  return { stop, server: serveHttp(app, { ...where, ...options }) };
}

function post({ url }: HttpServer, init: RequestInit = {}): Promise<Response> {
  const headers = { "Content-Type": "application/json" };
  return fetch(`${url}/v1/rewards`, {
    method: "POST",
    body: JSON.stringify(goodRequest),
    headers,
    ...init,
  });
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1));
}

Deno.test("the app is served at the address that the server names", async () => {
  const { stop, server } = serve(fakeApp().app);
  assert.equal(server.url, `http://127.0.0.1:${server.port}`);
  const response = await post(server);
  assert.equal(response.status, 200);
  assert.equal((await response.json()).items[0].completions.length, 2);
  stop.abort();
  assert.deepEqual(await server.finished, { drained: true });
});

Deno.test("a taken port is a clear error", async () => {
  const { stop, server } = serve(fakeApp().app);
  const { signal } = stop;
  assert.throws(
    () => serveHttp(fakeApp().app, { hostname: "127.0.0.1", port: server.port, signal }),
    {
      name: "AbacusError",
      kind: "bad_usage",
      message:
        `Cannot listen as another program listens there (choose another with --port): received 127.0.0.1:${server.port}`,
    },
  );
  stop.abort();
  await server.finished;
});

Deno.test("an address of another machine is a clear error", () => {
  const { signal } = new AbortController();
  assert.throws(() => serveHttp(fakeApp().app, { hostname: "203.0.113.1", port: 0, signal }), {
    kind: "bad_usage",
    message: /^Cannot listen as .+: received 203\.0\.113\.1:0$/,
  });
});

Deno.test("a drain lets requests in flight finish, and takes no new ones", async () => {
  const fake = fakeApp();
  const { stop, server } = serve(fake.app);
  fake.model.engine.hold();
  const inFlight = post(server);
  await until(() => fake.model.engine.batches.length > 0);
  stop.abort();
  fake.model.engine.release();
  const response = await inFlight;
  assert.equal(response.status, 200);
  await response.body?.cancel();
  assert.deepEqual(await server.finished, { drained: true });
  await assert.rejects(fetch(server.url), TypeError);
});

Deno.test("an upload in progress is read to its end while the server drains, beside work that is turned away", async () => {
  const stop = new AbortController();
  const { signal } = stop;
  const server = serveHttp(fakeApp({ draining: signal }).app, {
    ...{ hostname: "127.0.0.1", port: 0, signal },
  });
  const text = JSON.stringify(goodRequest);
  using upload = await Deno.connect({ port: server.port });
  using kept = await Deno.connect({ port: server.port });
  await send(kept, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  assert.match(await answerOn(kept), /^HTTP\/1\.1 200 /);
  const head = "POST /v1/rewards HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
    `Content-Length: ${text.length}\r\n\r\n`;
  await send(upload, head + text.slice(0, 20));
  await send(kept, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"); // By its answer the head was read.
  assert.match(await answerOn(kept), /^HTTP\/1\.1 200 /);

  stop.abort();
  await send(kept, head + text);
  const refused = await answerOn(kept);
  assert.match(refused, /^HTTP\/1\.1 503 /);
  assert.match(refused, /^connection: close\r$/im);
  assert.match(refused, /^retry-after: 2\r$/im);
  const fresh = await fetch(`${server.url}/readyz`);
  assert.deepEqual([fresh.status, await fresh.json()], [503, { status: "draining" }]);

  await send(upload, text.slice(20));
  assert.match(await answerOn(upload), /^HTTP\/1\.1 200 /);
  assert.deepEqual(await server.finished, { drained: true });
  await assert.rejects(fetch(server.url), TypeError);
});

Deno.test("an upload that does not come to its end within the drain's limit is answered 503", async () => {
  const clock = new FakeClock();
  const { app } = fakeApp();
  let arrived = 0;
  const counting: Fetcher = {
    fetch(request, bindings) {
      arrived++;
      return app.fetch(request, bindings);
    },
  };
  const { stop, server } = serve(counting, { drainMs: 1_000, clock });
  using upload = await Deno.connect({ port: server.port });
  const head = "POST /v1/rewards HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
  await send(upload, `${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"ite\r\n`);
  await until(() => arrived === 1);
  stop.abort();
  await until(() => clock.pending > 0);
  clock.advance(1_000);
  assert.match(await answerOn(upload), /^HTTP\/1\.1 503 /);
  // The connection waits for the rest of the body, which nobody will read.
  clock.advance(1_000);
  assert.deepEqual(await server.finished, { drained: false });
});

Deno.test("a Host that is none of a URL is answered, counted and logged as any other", async () => {
  const stop = new AbortController();
  const lines: string[] = [];
  const fake = fakeApp({ log: (line) => lines.push(line), settings: { accessLog: "text" } });
  const server = serveHttp(fake.app, { hostname: "127.0.0.1", port: 0, signal: stop.signal });
  const hosts = ["[fe80::1%25eth0]:8080", "x:99999", "a b", "x"];
  using connection = await Deno.connect({ port: server.port });
  for (const host of hosts) {
    await send(connection, `GET /healthz?a=/b HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    assert.match(await answerOn(connection), /^HTTP\/1\.1 200 /, host);
  }
  assert.deepEqual(
    lines.map((line) => line.split(" ").slice(1, 4).join(" ")),
    hosts.map(() => "GET /healthz 200"),
  );
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, /requests_total\{route="\/healthz",status="200",kind="ok"\} 4/);
  stop.abort();
  await server.finished;
});

async function send(connection: Deno.Conn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** One answer, which is short enough to come in one piece. */
async function answerOn(connection: Deno.Conn): Promise<string> {
  const bytes = new Uint8Array(65_536);
  return new TextDecoder().decode(bytes.subarray(0, await connection.read(bytes) ?? 0));
}

Deno.test("what is in flight when the drain's limit passes is answered 503", async () => {
  const clock = new FakeClock();
  const fake = fakeApp();
  const { stop, server } = serve(fake.app, { drainMs: 1_000, clock });
  fake.model.engine.hold();
  const inFlight = post(server);
  await until(() => fake.model.engine.batches.length > 0);
  stop.abort();
  await until(() => clock.pending > 0);
  clock.advance(1_000);
  const response = await inFlight;
  assert.equal(response.status, 503);
  assert.match((await response.json()).error.message, /shutting down/);
  assert.deepEqual(await server.finished, { drained: false });
  fake.model.engine.release();
});

Deno.test("a caller who hangs up is noticed, and the server still serves", async () => {
  const lines: string[] = [];
  const fake = fakeApp({ settings: { accessLog: "text" }, log: (line) => lines.push(line) });
  const { stop, server } = serve(fake.app);
  fake.model.engine.hold();
  const leaving = new AbortController();
  const left = post(server, { signal: leaving.signal });
  await until(() => fake.model.engine.batches.length > 0);
  leaving.abort();
  await assert.rejects(left);
  await until(() => lines.some((line) => / 499 .*kind=cancelled/.test(line)));
  fake.model.engine.release();
  const response = await post(server);
  assert.equal(response.status, 200);
  await response.body?.cancel();
  stop.abort();
  await server.finished;
});

Deno.test("a body above the limit is answered however it is sent", async () => {
  const { stop, server } = serve(fakeApp().app);
  const bytes = new Uint8Array(10_500_000);
  for (const body of [bytes, new Blob([bytes]).stream()]) {
    const response = await post(server, { body });
    assert.deepEqual([response.status, (await response.json()).error.kind], [413, "too_large"]);
  }
  stop.abort();
  assert.deepEqual(await server.finished, { drained: true });
});

Deno.test("a body in gzip is scored as the same body without, and another encoding is 415", async () => {
  const { stop, server } = serve(fakeApp().app);
  const text = JSON.stringify({ items: [{ prompt: "a", completions: ["b"] }] });
  const headers = (encoding: string) => ({
    "Content-Type": "application/json",
    "Content-Encoding": encoding,
  });
  const plain = await (await post(server, { body: text })).json();
  const packed = await post(server, {
    body: new Uint8Array(gzipSync(text)),
    headers: headers("gzip"),
  });
  assert.deepEqual((await packed.json()).items, plain.items);
  const refused = await post(server, { body: text, headers: headers("zstd") });
  assert.deepEqual([refused.status, (await refused.json()).error.kind], [
    415,
    "unsupported_media_type",
  ]);
  stop.abort();
  await server.finished;
});

Deno.test("a connection that breaks off in the middle of a body does no harm", async () => {
  const lines: string[] = [];
  const fake = fakeApp({ settings: { accessLog: "text" }, log: (line) => lines.push(line) });
  const { stop, server } = serve(fake.app);
  const socket = await Deno.connect({ port: server.port });
  const head = "POST /v1/rewards HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
  await socket.write(new TextEncoder().encode(`${head}Content-Length: 100\r\n\r\n{"items":`));
  socket.close();
  await until(() => lines.length > 0);
  assert.match(lines[0] ?? "", / 499 /);
  const response = await post(server);
  assert.equal(response.status, 200);
  await response.body?.cancel();
  stop.abort();
  await server.finished;
});

Deno.test("a name that stands for every address is written as one that can be opened", async () => {
  const stop = new AbortController();
  const server = serveHttp(fakeApp().app, { hostname: "0.0.0.0", port: 0, signal: stop.signal });
  assert.equal(server.url, `http://localhost:${server.port}`);
  stop.abort();
  await server.finished;
});
