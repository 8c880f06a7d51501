/**
 * Channel: requests to a worker and the replies that belong to them.
 *
 * @module
 */

import type { Failed, WorkerReply, WorkerRequest } from "./protocol.ts";

type Unnumbered<T> = T extends unknown ? Omit<T, "id"> : never;
type Reply<K> = Extract<WorkerReply, { kind: K }>;

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

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<WorkerReply>) => this.#settle(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#break(new Error(`the engine's worker died: ${event.message}`));
    };
  }

  /** @throws {Error} with the runtime's own words where the worker could not do it. */
  async ask<K extends "opened" | "ran">(
    request: Unnumbered<WorkerRequest>,
    expected: K,
    transfer: Transferable[] = [],
  ): Promise<Reply<K>> {
    const reply = await this.#send(request, transfer);
    if (reply.kind === expected) return reply as Reply<K>;
    throw new Error((reply as Failed).message);
  }

  close(): void {
    this.#worker.terminate();
    this.#break(new Error("the engine is closed"));
  }

  #send(request: Unnumbered<WorkerRequest>, transfer: Transferable[]): Promise<WorkerReply> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const id = this.#count++;
    const { promise, resolve, reject } = Promise.withResolvers<WorkerReply>();
    this.#waiting.set(id, { resolve, reject });
    this.#worker.postMessage({ ...request, id }, transfer);
    return promise;
  }

  #settle(reply: WorkerReply): void {
    this.#waiting.get(reply.id)?.resolve(reply);
    this.#waiting.delete(reply.id);
  }

  #break(error: Error): void {
    this.#broken = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
