/**
 * The worker that owns sessions and persistent tensors. `session.run` blocks its thread, so it has
 * one of its own. Calls are answered one after the other, in the order they came.
 *
 * @module
 */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { buffersOf, type Feeds } from "./arrays.ts";
import { type Handlers, Host } from "./host.ts";
import type { Calls, WorkerReply, WorkerRequest } from "./protocol.ts";

const host: Handlers = new Host();
let last: Promise<void> = Promise.resolve();
let closing = false;

self.onmessage = ({ data }: MessageEvent<WorkerRequest>) => {
  closing ||= data.kind === "close"; // the results of what still waits are not read
  last = last.then(() => serve(data));
};

async function serve({ id, kind, request }: WorkerRequest): Promise<void> {
  try {
    if (closing && kind !== "close") throw new Error("the engine is closed");
    const reply = await call(kind, request);
    self.postMessage({ id, reply } satisfies WorkerReply, transferOf(reply));
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    self.postMessage({ id, failure: { name, message } } satisfies WorkerReply);
  }
}

function call<K extends keyof Calls>(kind: K, request: Calls[K]["request"]) {
  return host[kind](request);
}

/** Arrays that go out are given away, not copied. */
function transferOf(reply: Calls[keyof Calls]["reply"]): ArrayBuffer[] {
  if (typeof reply !== "object") return [];
  const feeds: Feeds = "outputs" in reply ? reply.outputs : "data" in reply ? { reply } : {};
  return buffersOf(feeds);
}
