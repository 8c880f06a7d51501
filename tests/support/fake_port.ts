/**
 * Ports without a thread or a process, for tests of what survives their ends.
 *
 * @module
 */

import type { Listener, Port } from "../../src/engine/port.ts";
import type { LoadRequest, WorkerReply, WorkerRequest } from "../../src/engine/protocol.ts";

/** How a port of a test behaves. */
export interface FakePortOptions {
  /** Whether it dies of its first call, so that no start succeeds. @default false */
  stillborn?: boolean;
  /** Whether its runs wait for {@linkcode FakePort.answer}. @default false */
  holds?: boolean;
}

/** Answers loads, and runs with the number of the port as their only output. */
export class FakePort implements Port {
  /** Names of the sessions that were loaded, in order. */
  readonly loads: LoadRequest[] = [];
  ended = false;
  readonly #number: number;
  readonly #options: FakePortOptions;
  #listener: Listener | undefined;
  #held: WorkerRequest[] = [];

  constructor(number: number, options: FakePortOptions) {
    this.#number = number;
    this.#options = options;
  }

  listen(listener: Listener): void {
    this.#listener = listener;
  }

  post(request: WorkerRequest): void {
    if (this.#options.stillborn) return queueMicrotask(() => this.die("exit_1"));
    if (request.kind === "load") this.loads.push(request.request as LoadRequest);
    this.#held.push(request);
    if (request.kind !== "run" || !this.#options.holds) this.answer();
  }

  /** Answers what is held. */
  answer(): void {
    const held = this.#held.splice(0);
    queueMicrotask(() => held.forEach((request) => this.#listener?.reply(this.#replyTo(request))));
  }

  /** Ends, as a process does that something kills. */
  die(reason: string): void {
    this.ended = true;
    this.#listener?.death(`the engine's process ended: received ${reason}`, reason);
  }

  end(): Promise<void> {
    if (!this.ended) this.die("SIGKILL");
    return Promise.resolve();
  }

  #replyTo({ id, kind }: WorkerRequest): WorkerReply {
    if (kind === "load") return { id, reply: { onDevice: 1 } };
    if (kind !== "run") return { id, reply: undefined };
    const port = { data: Float32Array.of(this.#number), dims: [1] };
    return { id, reply: { outputs: { port }, runMs: 1 } };
  }
}

/** Opens ports and keeps them. @param options of the next one, by its number */
export class FakePorts {
  readonly all: FakePort[] = [];
  readonly #options: (number: number) => FakePortOptions;

  constructor(options: (number: number) => FakePortOptions = () => ({})) {
    this.#options = options;
  }

  readonly open = (): FakePort => {
    const number = this.all.length;
    const port = new FakePort(number, this.#options(number));
    this.all.push(port);
    return port;
  };

  get last(): FakePort {
    return this.all.at(-1)!;
  }
}
