/**
 * Trouble that clients make: what is slow, half sent or far too large must end by itself and hold up nobody
 * else. Servers run as programs.
 *
 * @module
 */

import assert from "node:assert/strict";
import { testWhere } from "../support/test_where.ts";
import { modelMissing, type Server, startServer } from "./program.ts";

const small = ["--model=tests/golden/models/gpt2", "--device=cpu", "--threads=1", "--log=off"];
const body = JSON.stringify({ items: [{ prompt: "The film", completions: [" was good"] }] });
const encoder = new TextEncoder();

function atServer(name: string, work: (server: Server) => Promise<void>, ...flags: string[]): void {
  testWhere({
    name,
    missing: modelMissing,
    async fn() {
      await using server = await startServer([...small, ...flags]);
      await work(server);
      await assertIdle(server);
      server.program.kill("SIGTERM");
      assert.equal(await server.program.ended(), 0);
    },
  });
}

async function statusOfGood({ url }: Server): Promise<number> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/v1/rewards`, { method: "POST", headers, body });
  await response.body?.cancel();
  return response.status;
}

/** The server is ready, and nothing of what went wrong is left in it. */
async function assertIdle({ url }: Server): Promise<void> {
  const ready = await fetch(`${url}/readyz`);
  assert.deepEqual(await ready.json(), { status: "ready" });
  const metrics = await (await fetch(`${url}/metrics`)).text();
  for (const name of ["queue_depth", "queue_tokens", "admitted_completions"]) {
    assert.match(metrics, new RegExp(`^abacus_${name}\\{.*\\} 0$`, "m"));
  }
}

/** A connection on which a request has begun: its head, and the first bytes of its body. */
async function begin({ url }: Server, bytes: number): Promise<Deno.TcpConn> {
  const { hostname, port, host } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const head = `POST /v1/rewards HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n` +
    `content-length: ${body.length}\r\n\r\n`;
  await connection.write(encoder.encode(head + body.slice(0, bytes)));
  return connection;
}

/** The first bytes that come; nothing where the connection ends without any. */
async function firstOf(connection: Deno.TcpConn): Promise<string> {
  const chunk = new Uint8Array(4_096);
  const count = await connection.read(chunk).catch(() => null);
  return new TextDecoder().decode(chunk.subarray(0, count ?? 0));
}

atServer(
  "a body that never comes to its end is answered 504 by the deadline, and holds up nobody",
  async (server) => {
    using slow = await begin(server, 10);
    assert.equal(await statusOfGood(server), 200);
    assert.match(await firstOf(slow), /^HTTP\/1\.1 504 /);
  },
  "--deadline-ms=1500",
);

atServer(
  "500 half-sent requests stand beside good ones, and leave nothing behind",
  async (server) => {
    const half = await Promise.all(Array.from({ length: 500 }, (_, i) => begin(server, i % 20)));
    const good = await Promise.all(Array.from({ length: 20 }, () => statusOfGood(server)));
    assert.deepEqual(new Set(good), new Set([200]));
    for (const connection of half) connection.close();
    assert.equal(await statusOfGood(server), 200);
  },
);

atServer("a header of a megabyte is refused or cut off, and the server goes on", async (server) => {
  const { hostname, port, host } = new URL(server.url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const head = `GET /healthz HTTP/1.1\r\nhost: ${host}\r\nx-long: ${"a".repeat(1_000_000)}\r\n\r\n`;
  const bytes = encoder.encode(head);
  // It may be closed before all is written.
  const sent = (async () => {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  })().catch(() => {});
  const answer = await firstOf(connection);
  await sent;
  assert.doesNotMatch(answer, /^HTTP\/1\.1 [25]/);
  assert.equal(await statusOfGood(server), 200);
});
