/**
 * Shared runtime: one worker for the engines of several models. They take turns in it, so that all
 * threads serve whichever has work, and a GPU is used from one thread: a process ends when two of its
 * workers use WebGPU (onnxruntime 1.30).
 *
 * @module
 */

import { AbacusError, messageOf } from "../errors.ts";
import type { Feeds } from "./arrays.ts";
import type { DeviceChoice, Place } from "./devices.ts";
import type { EngineState } from "./engine_state.ts";
import type { Graph } from "../onnx/graph.ts";
import { openRuntime, type Runtime } from "./runtime.ts";

/** What an engine needs of a runtime; its end frees what the engine loaded. */
export interface EngineRuntime extends Pick<Runtime, "device" | "load" | "run">, AsyncDisposable {
  /** How each replica is. @default one, which is ready for ever */
  readonly states?: readonly EngineState[];
  /** Where each replica runs. @default there is one, on the device */
  readonly places?: readonly Place[];
}

/** Its replicas, for an engine's facts: none where there is but one. */
export function replicasOf({ places }: EngineRuntime): { replicas?: readonly string[] } {
  return places === undefined ? {} : { replicas: places };
}

/** Where an engine computes, and what has to succeed there. */
export interface EngineRuntimeOptions {
  readonly device: DeviceChoice;
  readonly threads: number;
  readonly prove: (runtime: EngineRuntime) => Promise<void>;
}

/** Opens the runtime of one engine, as `openRuntime` does for an engine by itself. */
export type OpenEngineRuntime = (options: EngineRuntimeOptions) => Promise<EngineRuntime>;

/** One runtime, opened by the first engine and closed by the end of the last. */
export class SharedRuntime {
  readonly #openRuntime: typeof openRuntime;
  #runtime: Runtime | undefined;
  #opened = 0;
  #used = 0;

  /** @param open opens the runtime itself; tests put a fake here */
  constructor(open: typeof openRuntime = openRuntime) {
    this.#openRuntime = open;
  }

  /**
   * Opens a part for one engine. The first decides about the device and the threads. Calls must not
   * overlap.
   *
   * @throws {AbacusError} `bad_device` where no device works, or a further model does not fit
   */
  readonly open: OpenEngineRuntime = async ({ device, threads, prove }) => {
    const prefix = `${this.#opened++}/`;
    let part: RuntimePart | undefined;
    const provePart = (whole: Runtime) => {
      part = new RuntimePart(whole, { prefix, release: (names) => this.#release(names) });
      return prove(part);
    };
    if (this.#runtime === undefined) {
      this.#runtime = await this.#openRuntime({ device, threads, prove: provePart });
    } else {
      await this.#proveFurther(this.#runtime, provePart);
    }
    this.#used++;
    return part!; // Whatever opened has been proved.
  };

  async #proveFurther(
    runtime: Runtime,
    prove: (runtime: Runtime) => Promise<void>,
  ): Promise<void> {
    try {
      await prove(runtime);
    } catch (cause) {
      throw new AbacusError(
        "bad_device",
        `Cannot load a further model on ${runtime.device}: ${messageOf(cause)}`,
        { cause },
      );
    }
  }

  /** Frees the sessions of a part, or everything with the last one. */
  async #release(names: readonly string[]): Promise<void> {
    const runtime = this.#runtime;
    if (runtime === undefined) return;
    if (--this.#used > 0) {
      for (const name of names) await runtime.unload(name);
      return;
    }
    this.#runtime = undefined;
    await runtime[Symbol.asyncDispose]();
  }
}

/** What it is made of beside the whole runtime. */
interface PartOptions {
  /** Put before the names of its sessions. */
  readonly prefix: string;
  readonly release: (names: readonly string[]) => Promise<void>;
}

/** A runtime as one of several engines sees it. */
class RuntimePart implements EngineRuntime {
  readonly #whole: Runtime;
  readonly #options: PartOptions;
  readonly #names = new Set<string>();
  #released: Promise<void> | undefined;

  constructor(whole: Runtime, options: PartOptions) {
    this.#whole = whole;
    this.#options = options;
  }

  get device(): Runtime["device"] {
    return this.#whole.device;
  }

  async load(
    name: string,
    graph: Graph | Uint8Array<ArrayBuffer>,
    options?: { warmUp?: Feeds },
  ) {
    const own = this.#options.prefix + name;
    const loaded = await this.#whole.load(own, graph, options);
    this.#names.add(own);
    return loaded;
  }

  async run(name: string, ...rest: RunArguments) {
    return await this.#whole.run(this.#options.prefix + name, ...rest);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#released ??= this.#options.release([...this.#names]);
  }
}

type RunArguments = Parameters<Runtime["run"]> extends [string, ...infer Rest] ? Rest : never;
