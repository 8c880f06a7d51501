/**
 * Session cache: keeps sessions open for the next run, a limited number of each kind; the least recently
 * used one is closed to make room.
 *
 * @module
 */

import type { Feeds, Outputs, Runtime, TensorBindings } from "../../engine/runtime.ts";
import type { FedWeights } from "../../layers/fed_weights.ts";
import type { Graph } from "../../onnx/graph.ts";

/** Identifies a session and builds its graph. */
export interface SessionSpec {
  /** Kinds are limited independently. */
  readonly kind: string;
  /** Distinguishes sessions of a kind. */
  readonly shape: string;
  /** Called only if the session is not open. */
  readonly build: () => { readonly graph: Graph; readonly weights: FedWeights };
}

/** Feeds of a run, and the persistent tensors that it uses. */
export interface RunInputs extends TensorBindings {
  readonly feeds: Feeds;
}

interface OpenSession {
  readonly kind: string;
  readonly weights: FedWeights;
  /** Rejects if the session cannot be opened. */
  readonly ready: Promise<unknown>;
}

/** Opens sessions on first use and closes the least recently used. */
export class SessionCache {
  readonly #runtime: Pick<Runtime, "load" | "unload" | "run">;
  readonly #capacity: number;
  /** By name, least recently used first. */
  readonly #open = new Map<string, OpenSession>();

  /** @param capacity open sessions per kind */
  constructor(runtime: Pick<Runtime, "load" | "unload" | "run">, capacity: number) {
    this.#runtime = runtime;
    this.#capacity = capacity;
  }

  /**
   * Runs a session, opening it first if needed.
   *
   * The calls that close, open and run sessions are made without an `await` in between; otherwise a
   * concurrent run could close this session before it is used.
   *
   * @throws as `Runtime.load` and `Runtime.run` do; a session that failed to open is opened again the
   * next time
   */
  async run(spec: SessionSpec, inputsFor: (weights: FedWeights) => RunInputs): Promise<Outputs> {
    const name = `${spec.kind} ${spec.shape}`;
    const session = this.#open.get(name) ?? this.#openNow(name, spec);
    this.#open.delete(name);
    this.#open.set(name, session);
    const { feeds, ...bindings } = inputsFor(session.weights);
    const running = this.#runtime.run(name, feeds, bindings);
    try {
      const [, { outputs }] = await Promise.all([session.ready, running]);
      return outputs;
    } catch (error) {
      if (this.#open.get(name) === session && await hasFailed(session.ready)) {
        this.#open.delete(name);
      }
      throw error;
    }
  }

  #openNow(name: string, { kind, build }: SessionSpec): OpenSession {
    const { graph, weights } = build();
    const alike = [...this.#open].filter(([, open]) => open.kind === kind).map(([each]) => each);
    const surplus = alike.slice(0, Math.max(0, alike.length + 1 - this.#capacity));
    surplus.forEach((each) => this.#open.delete(each));
    surplus.forEach((each) => this.#runtime.unload(each).catch(() => {})); // failed to open before
    return { kind, weights, ready: this.#runtime.load(name, graph) };
  }
}

async function hasFailed(promise: Promise<unknown>): Promise<boolean> {
  return await promise.then(() => false, () => true);
}
