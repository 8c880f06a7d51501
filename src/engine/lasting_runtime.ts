/**
 * Lasting runtime: a runtime that is replaced when it dies. Its sessions are opened again in a new process or
 * thread, and calls wait until they are; those that had been sent are rejected, as only the caller knows
 * whether they may be made again.
 *
 * @module
 */

import { AbacusError, messageOf } from "../errors.ts";
import type { Graph } from "../onnx/graph.ts";
import type { Feeds } from "./arrays.ts";
import type { Device, Place } from "./devices.ts";
import type { EngineState } from "./engine_state.ts";
import { type OpenPort, type Port, RuntimeDied } from "./port.ts";
import { openRuntime, type Runtime } from "./runtime.ts";
import type { EngineRuntime, OpenEngineRuntime } from "./engine_runtime.ts";

/** Starts that fail one after the other before it says `failed`. It goes on trying at the longest pause. */
const MOST_FAILED_STARTS = 8;

const firstPauseMs = 250;
const longestPauseMs = 10_000;

/** Calls back once after some time. @returns what prevents it */
type After = (delayMs: number, fire: () => void) => () => void;

/** How a runtime is kept alive. */
export interface LastingOptions {
  readonly port: OpenPort;
  /** Called for each death and each start that failed. */
  readonly onDeath?: (death: { readonly reason: string; readonly message: string }) => void;
  /** @default the timer of the platform */
  readonly after?: After;
}

/** What opens lasting runtimes; a device is proven as by `openRuntime`. */
export function lastingRuntime(options: LastingOptions): OpenEngineRuntime {
  return async ({ device, threads, prove }) => {
    let lasting: LastingRuntime | undefined;
    let opened = false; // A device that dies while it is tried is just one that does not work.
    await openRuntime({
      device,
      threads,
      port: options.port,
      onDeath: (death) => opened && lasting?.died(death),
      prove: async (runtime) => {
        lasting = new LastingRuntime(runtime, options);
        await prove(lasting);
      },
    });
    opened = true;
    return lasting!; // What was opened has been proved.
  };
}

/** A session as it was loaded. */
interface Loaded {
  readonly graph: Graph | Uint8Array<ArrayBuffer>;
  readonly warmUp?: Feeds;
}

class LastingRuntime implements EngineRuntime {
  readonly device: Device;
  readonly #place: Place;
  readonly #threads: number;
  readonly #options: LastingOptions;
  readonly #loads = new Map<string, Loaded>();
  #current: Promise<Runtime>;
  #state: EngineState = "ready";
  /** Deaths and failed starts since a run last succeeded. */
  #troubles = 0;
  #failedStarts = 0;
  #closed = false;
  /** The way to the process that is being started. */
  #starting: Port | undefined;
  #resume: () => void = () => {};

  constructor(runtime: Runtime, options: LastingOptions) {
    this.device = runtime.device;
    this.#place = runtime.place;
    this.#threads = runtime.threads;
    this.#options = options;
    this.#current = Promise.resolve(runtime);
  }

  get states(): readonly EngineState[] {
    return [this.#state];
  }

  async load(
    name: string,
    graph: Graph | Uint8Array<ArrayBuffer>,
    { warmUp }: { warmUp?: Feeds } = {},
  ): Promise<{ onDevice: number }> {
    const loaded = { graph, ...(warmUp === undefined ? {} : { warmUp }) };
    const runtime = await this.#current;
    this.#loads.set(name, loaded); // before it is open: one that dies meanwhile opens it in the next
    try {
      return await loadInto(runtime, name, loaded);
    } catch (error) {
      if (!(error instanceof RuntimeDied)) this.#loads.delete(name);
      throw error;
    }
  }

  async run(...call: Parameters<Runtime["run"]>): ReturnType<Runtime["run"]> {
    const runtime = await this.#current;
    const ran = await runtime.run(...call);
    this.#troubles = 0;
    return ran;
  }

  /** Starts another in place of the one that died. */
  died({ reason, message }: RuntimeDied): void {
    if (this.#closed) return;
    this.#options.onDeath?.({ reason, message });
    this.#state = "recovering";
    this.#become(this.#restart());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#resume();
    await this.#starting?.end();
    await this.#current.then((runtime) => runtime[Symbol.asyncDispose](), () => {});
  }

  /** @returns the next runtime; rejects where too many starts have failed, and then goes on trying */
  async #restart(): Promise<Runtime> {
    for (;;) {
      await this.#pause();
      if (this.#closed) throw new Error("the engine is closed");
      try {
        return await this.#start();
      } catch (error) {
        this.#fail(error);
        if (this.#failedStarts < MOST_FAILED_STARTS) continue;
        this.#state = "failed";
        void this.#restart().then((runtime) => this.#become(Promise.resolve(runtime)), () => {});
        throw notStarting(this.#failedStarts, error);
      }
    }
  }

  async #start(): Promise<Runtime> {
    const runtime = await openRuntime({
      device: this.#place,
      threads: this.#threads,
      port: () => this.#starting = this.#options.port(),
      onDeath: (death) => this.#starting === undefined && this.died(death),
      prove: async (fresh) => {
        for (const [name, loaded] of this.#loads) await loadInto(fresh, name, loaded);
      },
    });
    this.#starting = undefined;
    this.#failedStarts = 0;
    this.#state = "ready";
    return runtime;
  }

  #fail(error: unknown): void {
    this.#starting = undefined;
    this.#failedStarts++;
    if (!this.#closed) this.#options.onDeath?.({ reason: "start", message: messageOf(error) });
  }

  #become(next: Promise<Runtime>): void {
    this.#current = next;
    next.catch(() => {}); // Heard by whoever calls, if anybody does.
  }

  /** None after a first death; then twice as long each time, until a run succeeds. */
  async #pause(): Promise<void> {
    const troubles = this.#troubles++;
    if (troubles === 0 || this.#closed) return;
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (troubles - 1));
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = (this.#options.after ?? timer)(pauseMs, resolve);
    this.#resume = () => (cancel(), resolve());
    await promise;
  }
}

/** Arrays are given away with the call, so a copy goes. */
function loadInto(runtime: Runtime, name: string, { graph, warmUp }: Loaded) {
  return runtime.load(name, graph, warmUp === undefined ? {} : { warmUp: structuredClone(warmUp) });
}

function notStarting(starts: number, cause: unknown): AbacusError {
  return new AbacusError(
    "overloaded",
    // Callers read this, and the cause may tell of this machine; onDeath has told it already.
    `Cannot score as the engine died and ${starts} starts of another failed`,
    { cause, retryAfterS: longestPauseMs / 1_000 },
  );
}

function timer(delayMs: number, fire: () => void): () => void {
  const alarm = setTimeout(fire, delayMs);
  return () => clearTimeout(alarm);
}
