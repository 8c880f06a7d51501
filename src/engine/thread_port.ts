/**
 * Thread port: a host of sessions in a thread of this process. Arrays are given away, not copied; but
 * where the native runtime aborts, the whole process ends.
 *
 * @module
 */

import type { Listener, Port } from "./port.ts";
import type { WorkerReply } from "./protocol.ts";

/** @param worker a thread that answers the protocol; tests put another here */
export function threadPort(
  worker: Worker = new Worker(import.meta.resolve("./worker.ts"), { type: "module" }),
): Port {
  return {
    post: (request, transfer) => worker.postMessage(request, transfer), // throws on what cannot travel
    listen: (listener) => hear(worker, listener),
    end: () => Promise.resolve(worker.terminate()),
  };
}

function hear(worker: Worker, { reply, death }: Listener): void {
  worker.onmessage = ({ data }: MessageEvent<WorkerReply>) => reply(data);
  worker.onerror = (event) => {
    event.preventDefault();
    death(`the engine's worker died: ${event.message}`, "thread");
  };
  worker.onmessageerror = () => { // nobody can tell whose reply it was
    worker.terminate();
    death("a reply of the engine cannot be read", "unreadable");
  };
}
