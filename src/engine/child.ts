/**
 * The process that computes: the worker of sessions behind standard input and output. This thread stays
 * free while a graph runs, so that the next batch is read meanwhile, and the end of the parent, which
 * closes standard input, ends the process at once.
 *
 * @module
 */

import { encodeFrame, readFrames } from "./frame.ts";
import { threadPort } from "./thread_port.ts";
import type { ChildReply } from "./child_port.ts";
import type { WorkerReply, WorkerRequest } from "./protocol.ts";
import { buffersOf } from "./arrays.ts";

// The terminal sends its signals to the whole group; when to end is the parent's to say.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  if (Deno.build.os !== "windows" || name === "SIGINT") Deno.addSignalListener(name, () => {});
}

const output = Deno.stdout.writable.getWriter();
const port = threadPort();
port.listen({
  reply: (reply) => void output.write(encodeFrame(withMemory(reply))),
  death: () => Deno.exit(70), // the words were written to standard error already
});
for await (const message of readFrames(Deno.stdin.readable)) {
  const request = message as WorkerRequest;
  port.post(request, transferOf(request));
}
Deno.exit(0);

/** The parent may not ask the system about other processes. */
function withMemory(reply: WorkerReply): ChildReply {
  return { ...reply, residentBytes: Deno.memoryUsage().rss };
}

/** The arrays of a message share one buffer. */
function transferOf({ request }: WorkerRequest): ArrayBuffer[] {
  if ("feeds" in request) return buffersOf(request.feeds);
  return "warmUp" in request && request.warmUp !== undefined ? buffersOf(request.warmUp) : [];
}
