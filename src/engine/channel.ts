/**
 * Channel: requests through a port and the replies that belong to them.
 *
 * @module
 */

import { type Port, RuntimeDied } from "./port.ts";
import type { Calls, WorkerReply, WorkerRequest } from "./protocol.ts";

/** Errors that keep their class on the way: mistakes of the program, not of the runtime. */
const mistakes: Readonly<Record<string, ErrorConstructor>> = { TypeError, RangeError };

interface Waiting {
  resolve(reply: WorkerReply): void;
  reject(error: Error): void;
}

/** A port with its open requests. Should the other side die, every one of them is rejected. */
export class Channel {
  readonly #port: Port;
  readonly #onDeath: (death: RuntimeDied) => void;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;
  #broken: Error | undefined;
  #closed: Promise<void> | undefined;

  /** @param onDeath called once, where the other side ends unasked */
  constructor(port: Port, onDeath: (death: RuntimeDied) => void = () => {}) {
    this.#port = port;
    this.#onDeath = onDeath;
    port.listen({
      reply: (reply) => this.#settle(reply),
      death: (...death) => this.#die(...death),
    });
  }

  /**
   * Sends a request and waits for its reply; what is in `transfer` is no longer here afterwards.
   *
   * @throws {TypeError | RangeError} where the request was at fault.
   * @throws {RuntimeDied} where the other side died first
   * @throws {Error} with the runtime's own words where it could not do it
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
   * Rejects what is open and ends the other side, after giving it time to release its sessions: a GPU's
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
    await this.#port.end();
  }

  #send(
    request: Omit<WorkerRequest, "id">,
    transfer: Transferable[],
  ): Promise<WorkerReply> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const id = this.#count++;
    this.#port.post({ ...request, id }, transfer); // throws on what cannot travel
    const { promise, resolve, reject } = Promise.withResolvers<WorkerReply>();
    this.#waiting.set(id, { resolve, reject });
    return promise;
  }

  #settle(reply: WorkerReply): void {
    this.#waiting.get(reply.id)?.resolve(reply);
    this.#waiting.delete(reply.id);
  }

  /** Calls are answered in their order, so the oldest open one was under way, unless one of others was. */
  #die(words: string, reason: string, elsewhere = false): void {
    if (this.#broken !== undefined) return this.#break(this.#broken);
    const [[, oldest] = []] = this.#waiting;
    const death = new RuntimeDied(words, { reason, underWay: false });
    oldest?.reject(new RuntimeDied(words, { reason, underWay: !elsewhere }));
    this.#break(death);
    this.#onDeath(death);
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
