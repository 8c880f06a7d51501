/**
 * The worker that owns the session. `session.run` blocks its thread, so it has one of its own.
 *
 * @module
 */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import type { Closed, Failed, Opened, Ran, WorkerReply, WorkerRequest } from "./protocol.ts";
import { openSession, type Session } from "./session.ts";

let session: Session | undefined;

self.onmessage = async ({ data }: MessageEvent<WorkerRequest>) => {
  const reply: WorkerReply = { ...await answer(data), id: data.id };
  const transfer = reply.kind === "ran" ? [reply.logits.data.buffer, reply.credit.data.buffer] : [];
  self.postMessage(reply, transfer as ArrayBuffer[]);
};

async function answer(request: WorkerRequest): Promise<Opened | Ran | Closed | Failed> {
  try {
    if (request.kind === "open") {
      session = await openSession(request.model, request, request.warmUp);
      return { kind: "opened", onDevice: session.onDevice };
    }
    if (request.kind === "close") {
      await session?.release();
      session = undefined;
      return { kind: "closed" };
    }
    if (session === undefined) throw new Error("Cannot run before a session is open");
    const started = performance.now();
    const outputs = await session.run(request.feeds);
    return { kind: "ran", ...outputs, inferenceMs: performance.now() - started };
  } catch (error) {
    return { kind: "failed", message: error instanceof Error ? error.message : String(error) };
  }
}
