/**
 * A hub on the loopback, with one repository, that can misbehave.
 *
 * It answers what the real one answers: the commit of a revision, the tree in pages, and files by
 * redirecting to a second host, as the real one redirects to its store.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** Takes the place of an answer; undefined lets the usual one through. */
export type Misbehaviour = (
  request: HubRequest,
) => Response | undefined | Promise<Response | undefined>;

/** A request as a test looks at it. */
export interface HubRequest {
  /** `info`, `tree`, or the file that is asked for. */
  readonly what: string;
  /** Whether the hub was asked, or the store that it redirects to. */
  readonly host: "hub" | "store";
  readonly range: string | null;
  readonly authorization: string | null;
  /** The usual answer of the store: the file, or the range of it. */
  readonly usual: () => Response;
}

/** What a test says of a hub. */
export interface FakeHubOptions {
  readonly files: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>;
  /** @default "owner/reward" */
  readonly id?: string;
  /** @default {forty times the letter a} */
  readonly commit?: string;
  readonly misbehave?: Misbehaviour;
  /** Entries per page of the tree. @default 1000 */
  readonly pageSize?: number;
}

/** A hub that runs until the end of the block. */
export interface FakeHub extends AsyncDisposable {
  readonly url: string;
  readonly requests: Omit<HubRequest, "usual">[];
  /** What the next pull sees; tests change it between two. */
  options: FakeHubOptions;
}

/** Starts a hub. */
export function fakeHub(options: FakeHubOptions): FakeHub {
  const requests: FakeHub["requests"] = [];
  const listen = {
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
    onError: () => new Response(null, { status: 500 }),
  };
  const store = Deno.serve(listen, (request) => answer(request, "store"));
  const storeUrl = `http://127.0.0.1:${store.addr.port}`;
  const server = Deno.serve(listen, (request) => answer(request, "hub"));
  const url = `http://127.0.0.1:${server.addr.port}`;
  const hub: FakeHub = {
    url,
    requests,
    options,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([server.shutdown(), store.shutdown()]);
    },
  };

  async function answer(request: Request, host: HubRequest["host"]): Promise<Response> {
    const { headers } = request;
    const what = whatIsAsked(new URL(request.url).pathname);
    const seen = {
      what,
      host,
      range: headers.get("Range"),
      authorization: headers.get("Authorization"),
    };
    requests.push(seen);
    const usual = () => usually(new URL(request.url), { ...seen, hub, storeUrl });
    return await hub.options.misbehave?.({ ...seen, usual }) ?? usual();
  }

  return hub;
}

/** A pause that takes no time and is written down. */
export function fakeSleep() {
  const slept: number[] = [];
  const sleep = (ms: number) => {
    slept.push(ms);
    return Promise.resolve();
  };
  return { slept, sleep };
}

/** An answer that sends the first bytes of a file, claims to send all of it and breaks off. */
export function brokenOff(bytes: Uint8Array<ArrayBuffer>, sent: number): Response {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytes.subarray(0, sent)),
    pull: (controller) => controller.error(new Error("the connection breaks")),
  }, { highWaterMark: 0 });
  return new Response(body, { headers: { "Content-Length": String(bytes.length) } });
}

function whatIsAsked(path: string): string {
  if (/^\/api\/models\/.*\/revision\//.test(path)) return "info";
  if (/^\/api\/models\/.*\/tree\//.test(path)) return "tree";
  return decodeURIComponent(path.split("/").at(-1) ?? "");
}

interface Usual {
  readonly what: string;
  readonly host: HubRequest["host"];
  readonly range: string | null;
  readonly hub: FakeHub;
  readonly storeUrl: string;
}

function usually(url: URL, { what, host, range, hub, storeUrl }: Usual): Response {
  const { files, id = "owner/reward", commit = "a".repeat(40) } = hub.options;
  if (!url.pathname.includes(`/${id}/`)) {
    const headers = { "X-Error-Code": "RepoNotFound" };
    return Response.json({ error: "Repository not found" }, { status: 401, headers });
  }
  if (what === "info") return Response.json(infoOf(id, commit));
  if (what === "tree") return tree(url, hub);
  const content = files[what];
  if (content === undefined || !url.pathname.includes(commit)) {
    return new Response("Entry not found", {
      status: 404,
      headers: { "X-Error-Code": "EntryNotFound" },
    });
  }
  if (host === "hub") return Response.redirect(`${storeUrl}${url.pathname}`, 302);
  return ranged(bytesOf(content), range);
}

function infoOf(id: string, sha: string) {
  return {
    _id: "0",
    id,
    sha,
    private: false,
    gated: false,
    downloads: 0,
    likes: 0,
    lastModified: "2024-01-01T00:00:00.000Z",
  };
}

function tree(url: URL, hub: FakeHub): Response {
  const { files, pageSize = 1000 } = hub.options;
  const entries = Object.entries(files).map(([path, content]) => entryOf(path, bytesOf(content)));
  const start = Number(url.searchParams.get("cursor") ?? 0);
  const page = entries.slice(start, start + pageSize);
  const next = new URL(url);
  next.searchParams.set("cursor", String(start + pageSize));
  const more = start + pageSize < entries.length;
  return Response.json(page, { headers: more ? { Link: `<${next}>; rel="next"` } : {} });
}

/** Large files are listed with the SHA-256 of their bytes, small ones with git's SHA-1 of a blob. */
function entryOf(path: string, bytes: Uint8Array) {
  const oid = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
  const entry = { type: "file", path, size: bytes.length, oid };
  if (!path.endsWith(".safetensors")) return entry;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { ...entry, lfs: { oid: sha256, size: bytes.length, pointerSize: 130 } };
}

function ranged(bytes: Uint8Array<ArrayBuffer>, range: string | null): Response {
  const [, from] = /^bytes=(\d+)-$/.exec(range ?? "") ?? [];
  if (from === undefined) return new Response(bytes);
  if (Number(from) >= bytes.length) return new Response(null, { status: 416 });
  const headers = { "Content-Range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
  return new Response(bytes.slice(Number(from)), { status: 206, headers });
}

function bytesOf(content: string | Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}
