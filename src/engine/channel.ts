/**
 * Channel: requests to a worker and the replies that belong to them.
 *
 * @module
 */

import type { Calls, WorkerReply, WorkerRequest } from "./protocol.ts";

/** Errors that keep their class on the way: mistakes of the program, not of the runtime. */
const mistakes: Readonly<Record<string, ErrorConstructor>> = { TypeError, RangeError };

interface Waiting {
  resolve(reply: WorkerReply): void;
  reject(error: Error): void;
}

/** A worker with its open requests. Should the worker die, every one of them is rejected. */
export class Channel {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;
  #broken: Error | undefined;
  #closed: Promise<void> | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<WorkerReply>) => this.#settle(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#break(new Error(`the engine's worker died: ${event.message}`));
    };
    // Nobody can tell whose reply it was.
    worker.onmessageerror = () => this.#break(new Error("a reply of the engine cannot be read"));
  }

  /**
   * Sends a request and waits for its reply; what is in `transfer` is no longer here afterwards.
   *
   * @throws {TypeError | RangeError} where the request was at fault.
   * @throws {Error} with the runtime's own words where the worker could not do it.
   */
  async ask<K extends keyof Calls>(
    kind: K,
    request: Calls[K]["request"],
    transfer: Transferable[] = [],
  ): Promise<Calls[K]["reply"]> {
    const answer = await this.#send({ kind, request }, transfer);
    if ("reply" in answer) return answer.reply as Calls[K]["reply"];
    const { name, message } = answer.failure;
    throw new (mistakes[name] ?? Error)(message);
  }

  /**
   * Rejects what is open and ends the worker, after giving it time to release its sessions: a GPU's
   * driver that is torn down in the middle of its work can take the whole process with it. Whoever
   * closes it again waits for the same end.
   */
  close(graceMs = 5_000): Promise<void> {
    return this.#closed ??= this.#close(graceMs);
  }

  async #close(graceMs: number): Promise<void> {
    const released = this.#broken === undefined
      ? this.#send({ kind: "close", request: {} }, []).catch(() => undefined)
      : undefined;
    this.#break(new Error("the engine is closed"), { but: this.#count - 1 });
    await orAfter(graceMs, released);
    this.#worker.terminate();
  }

  #send(
    request: Omit<WorkerRequest, "id">,
    transfer: Transferable[],
  ): Promise<WorkerReply> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const id = this.#count++;
    this.#worker.postMessage({ ...request, id }, transfer); // throws on what cannot travel
    const { promise, resolve, reject } = Promise.withResolvers<WorkerReply>();
    this.#waiting.set(id, { resolve, reject });
    return promise;
  }

  #settle(reply: WorkerReply): void {
    this.#waiting.get(reply.id)?.resolve(reply);
    this.#waiting.delete(reply.id);
  }

  /** Rejects every open request but one, and every later one. */
  #break(error: Error, { but }: { but?: number } = {}): void {
    this.#broken = error;
    for (const [id, { reject }] of this.#waiting) {
      if (id === but) continue;
      reject(error);
      this.#waiting.delete(id);
    }
  }
}

/** Waits for a promise, but not for ever. */
async function orAfter(limitMs: number, promise: Promise<unknown> | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, limitMs));
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
