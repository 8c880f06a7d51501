/**
 * A server on a real socket that is rude in every way that HTTP allows. The first part of a path says
 * in which way, so that one server serves every story: `/half-json/v1/rewards`.
 *
 * @module
 */

import { gzipSync } from "node:zlib";
import { fakeApp } from "../http/fake_app.ts";

/** A request, as far as it matters. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** How many came for this story before. */
  readonly before: number;
}

/** Answers on a connection, which is closed afterwards. */
export type Manner = (connection: Deno.Conn, request: RawRequest) => Promise<void>;

/** A server that is running. */
export interface RudeServer extends AsyncDisposable {
  readonly url: string;
}

/** Serves the stories, and whatever `files` finds for other paths. */
export function serveRudely(
  manners: ReadonlyMap<string, Manner>,
  files: (path: string) => Promise<Answered | undefined> = () => Promise.resolve(undefined),
): RudeServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const counts = new Map<string, number>();
  const serve = async (connection: Deno.Conn) => {
    open.add(connection);
    try {
      const request = await readRequest(connection);
      const [, story = ""] = request.path.split("/");
      const manner = manners.get(story);
      const before = counts.get(story) ?? 0;
      counts.set(story, before + 1);
      if (manner !== undefined) await manner(connection, { ...request, before });
      else await write(connection, answerText(await files(request.path) ?? { status: 404 }));
    } catch {
      // Whoever asked has gone, which is what some stories are about.
    } finally {
      if (open.delete(connection)) connection.close();
    }
  };
  const running = (async () => {
    for await (const connection of listener) serve(connection);
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) connection.close();
      open.clear();
      await running;
    },
  };
}

/** What an answer consists of. */
export interface Answered {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** An answer that is as HTTP wants it; what it says is the story's business. */
export function answers(
  answer: Answered | ((request: RawRequest) => Answered | Promise<Answered>),
): Manner {
  return async (connection, request) => {
    await write(
      connection,
      answerText(typeof answer === "function" ? await answer(request) : answer),
    );
  };
}

/** Writes these bytes and hangs up. */
export function says(text: string): Manner {
  return (connection) => write(connection, new TextEncoder().encode(text));
}

/** Writes the head of an answer, then the chunk again and again until the client is gone. */
export function pours(chunk: string, { pauseMs }: { pauseMs: number }): Manner {
  return async (connection) => {
    await write(connection, new TextEncoder().encode(`HTTP/1.1 200 OK\r\n${json}\r\n`));
    for (;;) {
      await write(connection, new TextEncoder().encode(chunk));
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
}

/** Holds the line until the caller hangs up. */
export const silence: Manner = async (connection) => {
  while (await connection.read(new Uint8Array(1_024)) !== null);
};

/** The first answers are those of the test, the others are right. */
export function first(count: number, manner: Manner): Manner {
  return (connection, request) => (request.before < count ? manner : good)(connection, request);
}

/** What the real app answers, its JSON meddled with. */
export function meddled(meddle: (reply: string) => string | Uint8Array, headers = {}): Manner {
  return answers(async ({ method, path, body }) => {
    const { app } = fakeApp();
    const route = path.replace(/^\/[^/]+/, "");
    const init = { method, headers: { "content-type": "application/json" } };
    const response = await app.request(route, method === "GET" ? init : { ...init, body });
    const text = meddle(await response.text());
    return { status: response.status, body: text, headers: { ...contentJson, ...headers } };
  });
}

/** What the real app answers. */
export const good: Manner = meddled((reply) => reply);

/** What the real app answers, packed. */
export const packed: Manner = meddled((reply) => gzipSync(reply), { "content-encoding": "gzip" });

/** What the real app answers, a few bytes at a time. */
export const chunked: Manner = async (connection, request) => {
  const { app } = fakeApp();
  const headers = { "content-type": "application/json" };
  const response = await app.request("/v1/rewards", {
    method: "POST",
    headers,
    body: request.body,
  });
  const text = await response.text();
  const chunks = text.match(/.{1,7}/gs) ?? [];
  const body = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("");
  const head = `HTTP/1.1 200 OK\r\n${json}transfer-encoding: chunked\r\nconnection: close\r\n\r\n`;
  await says(`${head}${body}0\r\n\r\n`)(connection, request);
};

/** The line of a header. */
export const json = "content-type: application/json\r\n";

const contentJson = { "content-type": "application/json" };

function answerText({ status = 200, headers = {}, body = "" }: Answered): Uint8Array {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const lines = Object.entries({ ...headers, "content-length": bytes.length, connection: "close" });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const start = new TextEncoder().encode(`HTTP/1.1 ${status} Told\r\n${head}\r\n`);
  return Uint8Array.of(...start, ...bytes);
}

async function write(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

async function readRequest(connection: Deno.Conn): Promise<Omit<RawRequest, "before">> {
  let bytes = new Uint8Array();
  for (;;) {
    const chunk = new Uint8Array(65_536);
    const count = await connection.read(chunk);
    if (count === null) throw new Error("Cannot read a request as the caller hung up");
    bytes = Uint8Array.of(...bytes, ...chunk.subarray(0, count));
    const text = new TextDecoder("latin1").decode(bytes);
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) continue;
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
    if (bytes.length < end + 4 + length) continue;
    const [method = "", path = ""] = text.split(" ", 2);
    return { method, path, body: new TextDecoder().decode(bytes.subarray(end + 4)) };
  }
}
