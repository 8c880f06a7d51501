/**
 * Shared host: one thread that several ports lead to, each to sessions of its own. Models take turns in it, so
 * that all threads serve whichever has work, and a GPU is used from one thread: a process ends when two of its
 * workers use WebGPU (onnxruntime 1.30). Where it has died, the next port leads to a new one, and the ports after
 * that to the same.
 *
 * @module
 */

import type { Listener, OpenPort, Port } from "./port.ts";
import type { WorkerReply, WorkerRequest } from "./protocol.ts";
import { threadPort } from "./thread_port.ts";

/** Opens ports to one thread, which is started by the first and ended by the last. */
export class SharedHost {
  readonly #open: OpenPort;
  #thread: SharedPort | undefined;

  /** @param open opens the way to the thread itself; tests put a fake here */
  constructor(open: OpenPort = () => threadPort()) {
    this.#open = open;
  }

  /** A port to sessions that no other port sees. */
  readonly port: OpenPort = () => {
    if (this.#thread === undefined || this.#thread.ended) {
      this.#thread = new SharedPort(this.#open());
    }
    return this.#thread.part();
  };
}

/** A request that was not answered yet, by whom and under which number it was made. */
interface Asked {
  readonly host: number;
  readonly id: number;
}

/** A port that is shared. */
class SharedPort {
  readonly #port: Port;
  /** Who hears what comes back, by the number of the host. */
  readonly #listeners = new Map<number, Listener>();
  /** By the number under which the request went on, the oldest first. */
  readonly #asked = new Map<number, Asked>();
  #requests = 0;
  #parts = 0;
  #ended = false;

  constructor(port: Port) {
    this.#port = port;
    port.listen({
      reply: (reply) => this.#answer(reply),
      death: (words, reason) => this.#die(words, reason),
    });
  }

  /** Whether no further part can be had. */
  get ended(): boolean {
    return this.#ended;
  }

  part(): Port {
    const host = this.#parts++;
    return {
      post: (request, transfer) => this.#post(host, { request, transfer }),
      listen: (listener) => void this.#listeners.set(host, listener),
      end: () => this.#end(host),
    };
  }

  #post(
    host: number,
    { request, transfer }: { request: WorkerRequest; transfer: Transferable[] },
  ): void {
    const id = this.#requests++;
    this.#port.post({ ...request, id, host }, transfer); // throws on what cannot travel
    this.#asked.set(id, { host, id: request.id });
  }

  #answer(reply: WorkerReply): void {
    const asked = this.#asked.get(reply.id);
    if (asked === undefined) return; // the end of a part, which nobody waits for
    this.#asked.delete(reply.id);
    this.#listeners.get(asked.host)?.reply({ ...reply, id: asked.id });
  }

  /** Calls are answered in their order, so it died over the oldest open one, whosever that is. */
  #die(words: string, reason: string): void {
    this.#ended = true;
    const [[, oldest] = []] = this.#asked;
    for (const [host, { death }] of this.#listeners) {
      death(words, reason, oldest !== undefined && oldest.host !== host);
    }
  }

  /** Frees the sessions of one part; the last one ends the thread. */
  async #end(host: number): Promise<void> {
    this.#listeners.delete(host);
    if (this.#listeners.size === 0) {
      this.#ended = true;
      await this.#port.end();
    } else if (!this.#ended) {
      this.#port.post({ id: this.#requests++, host, kind: "close", request: {} }, []);
    }
  }
}
