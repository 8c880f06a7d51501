/**
 * Session shelf: sessions that stay open for the next run, a limited number of each kind. The one that
 * was used longest ago gives way.
 *
 * @module
 */

import type { Feeds, Outputs, Runtime, TensorBindings } from "../../engine/runtime.ts";
import type { FedWeights } from "../../layers/fed_weights.ts";
import type { Graph } from "../../onnx/graph.ts";

/** A session as it is asked for, whether it is open or not. */
export interface Wanted {
  /** Counted apart from other kinds. */
  readonly kind: string;
  /** Distinguishes sessions of a kind. */
  readonly shape: string;
  /** Writes its graph; called only where it is not open. */
  readonly build: () => { readonly graph: Graph; readonly weights: FedWeights };
}

/** What a run is fed, and which persistent tensors it uses. */
export interface Task extends TensorBindings {
  readonly feeds: Feeds;
}

interface Opened {
  readonly kind: string;
  readonly weights: FedWeights;
  /** Rejects where the session could not be opened. */
  readonly ready: Promise<unknown>;
}

/** Opens sessions when they are first used, and closes them to make room. */
export class SessionShelf {
  readonly #runtime: Pick<Runtime, "load" | "unload" | "run">;
  readonly #most: number;
  /** By name, the one used longest ago first. */
  readonly #open = new Map<string, Opened>();

  /** @param most sessions of a kind that are open at a time */
  constructor(runtime: Pick<Runtime, "load" | "unload" | "run">, most: number) {
    this.#runtime = runtime;
    this.#most = most;
  }

  /**
   * Runs a session, which is opened first where it is not.
   *
   * Whatever closes, opens and runs it is asked of the runtime in one go: were anything awaited in
   * between, a run at the same time could close the session before this one has used it.
   *
   * @throws as `Runtime.load` and `Runtime.run` do; a session that could not be opened is opened
   * anew the next time
   */
  async run(wanted: Wanted, task: (weights: FedWeights) => Task): Promise<Outputs> {
    const name = `${wanted.kind} ${wanted.shape}`;
    const opened = this.#open.get(name) ?? this.#openNow(name, wanted);
    this.#open.delete(name);
    this.#open.set(name, opened);
    const { feeds, ...bindings } = task(opened.weights);
    const running = this.#runtime.run(name, feeds, bindings);
    try {
      const [, { outputs }] = await Promise.all([opened.ready, running]);
      return outputs;
    } catch (error) {
      if (this.#open.get(name) === opened && await failed(opened.ready)) this.#open.delete(name);
      throw error;
    }
  }

  #openNow(name: string, { kind, build }: Wanted): Opened {
    const { graph, weights } = build();
    const alike = [...this.#open].filter(([, open]) => open.kind === kind).map(([each]) => each);
    const surplus = alike.slice(0, Math.max(0, alike.length + 1 - this.#most));
    surplus.forEach((each) => this.#open.delete(each));
    surplus.forEach((each) => this.#runtime.unload(each).catch(() => {})); // it had failed to open
    return { kind, weights, ready: this.#runtime.load(name, graph) };
  }
}

async function failed(promise: Promise<unknown>): Promise<boolean> {
  return await promise.then(() => false, () => true);
}
