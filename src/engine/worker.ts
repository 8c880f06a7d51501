/**
 * The worker that owns sessions and persistent tensors. `session.run` blocks its thread, so it has
 * one of its own. Calls are answered one after the other, in the order they came; where several share the
 * worker, each sees a host of its own.
 *
 * @module
 */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { buffersOf, type Feeds } from "./arrays.ts";
import { type Handlers, Host } from "./host.ts";
import type { Calls, WorkerReply, WorkerRequest } from "./protocol.ts";

const hosts = new Map<number, Handlers>();
const closing = new Set<number>();
let last: Promise<void> = Promise.resolve();

self.onmessage = ({ data }: MessageEvent<WorkerRequest>) => {
  if (data.kind === "close") closing.add(data.host ?? 0); // the results of what still waits are not read
  last = last.then(() => serve(data));
};

async function serve({ id, host = 0, kind, request }: WorkerRequest): Promise<void> {
  try {
    if (closing.has(host) && kind !== "close") throw new Error("the engine is closed");
    const reply = await call(hostOf(host), kind, request);
    if (kind === "close") hosts.delete(host);
    self.postMessage({ id, reply } satisfies WorkerReply, transferOf(reply));
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    self.postMessage({ id, failure: { name, message } } satisfies WorkerReply);
  }
}

function hostOf(number: number): Handlers {
  const host = hosts.get(number) ?? new Host();
  hosts.set(number, host);
  return host;
}

function call<K extends keyof Calls>(host: Handlers, kind: K, request: Calls[K]["request"]) {
  return host[kind](request);
}

/** Arrays that go out are given away, not copied. */
function transferOf(reply: Calls[keyof Calls]["reply"]): ArrayBuffer[] {
  if (typeof reply !== "object") return [];
  const feeds: Feeds = "outputs" in reply ? reply.outputs : "data" in reply ? { reply } : {};
  return buffersOf(feeds);
}
