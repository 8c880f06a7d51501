/**
 * Host: the sessions and the persistent tensors of one worker, and how a run brings them together.
 *
 * Calls must not overlap; the worker sees to that.
 *
 * @module
 */

import type { Feed, Feeds, Output } from "./arrays.ts";
import type {
  Calls,
  LoadRequest,
  Ran,
  RunRequest,
  TensorBindings,
  TensorView,
} from "./protocol.ts";
import { PersistentTensors } from "./persistent_tensors.ts";
import { openSession, type Session } from "./session.ts";
import { runSweep } from "./sweep.ts";

/** Answers every kind of call. */
export type Handlers = {
  [K in keyof Calls]: (
    request: Calls[K]["request"],
  ) => Calls[K]["reply"] | Promise<Calls[K]["reply"]>;
};

/** Sessions by name beside arrays by name. */
export class Host implements Handlers {
  readonly #sessions = new Map<string, Session>();
  readonly #tensors = new PersistentTensors();

  /** Opens a session, and only then releases the one that had the name. */
  async load({ name, model, warmUp, ...options }: LoadRequest): Promise<{ onDevice: number }> {
    const session = await openSession(model, options, warmUp);
    await this.#sessions.get(name)?.release();
    this.#sessions.set(name, session);
    return { onDevice: session.onDevice };
  }

  /** @throws {TypeError} where no session has the name. */
  async unload({ name }: { name: string }): Promise<void> {
    const session = this.#session(name);
    this.#sessions.delete(name);
    await session.release();
  }

  /** Takes ownership of an array as a persistent tensor. */
  put({ name, feed }: { name: string; feed: Feed }): void {
    this.#tensors.put(name, feed);
  }

  /** A copy of a persistent tensor, or of a part of one of float32. */
  get({ name, part }: Calls["get"]["request"]): Feed {
    const { data, dims } = part === undefined
      ? this.#tensors.get(name)
      : this.#tensors.view({ tensor: name, offset: part.offset, dims: [part.length] });
    return { data: data.slice(), dims };
  }

  /**
   * Runs a session; whole persistent tensors change only where it succeeds, and then all together. Parts of them,
   * and what is swept over, are written where they are.
   */
  async run({ name, feeds, use = {}, keep = {}, sweep }: RunRequest): Promise<Ran> {
    const session = this.#session(name);
    const inputs = { ...feeds, ...this.#used(session, { feeds, use }) };
    const started = performance.now();
    if (sweep !== undefined) {
      const outputs = await runSweep({ session, tensors: this.#tensors }, sweep, inputs);
      return { outputs, runMs: performance.now() - started };
    }
    const read = new Set(Object.values(use).map(tensorOf));
    const targets = this.#targets(session, keep, read);
    const made = await session.run(inputs, targets);
    const runMs = performance.now() - started;
    return { outputs: this.#settle(made, { keep, targets }), runMs };
  }

  /** Releases everything. */
  async close(): Promise<void> {
    this.#tensors.clear();
    for (const session of this.#sessions.values()) await session.release();
    this.#sessions.clear();
  }

  #session(name: string): Session {
    const session = this.#sessions.get(name);
    if (session !== undefined) return session;
    const known = [...this.#sessions.keys()].join(", ") || "none";
    throw new TypeError(`Cannot find "${name}" as no session has that name: received ${known}`);
  }

  /** The persistent tensors that a run reads, under the names of its inputs. */
  #used(
    { inputs }: Session,
    { feeds, use }: { feeds: Feeds; use: NonNullable<TensorBindings["use"]> },
  ): Feeds {
    const found = Object.entries(use).map(([input, from]): [string, Feed] => {
      if (!inputs.has(input)) throw unknown("input", input, inputs);
      if (Object.hasOwn(feeds, input)) {
        throw new TypeError(
          `Cannot run as the input "${input}" is fed twice: received a tensor too`,
        );
      }
      return [
        input,
        typeof from === "string" ? this.#tensors.get(from) : this.#tensors.view(from),
      ];
    });
    return Object.fromEntries(found);
  }

  /**
   * Where to write the kept outputs; those have no place yet whose extents only the run will tell, or which are
   * a part of a tensor that is read.
   */
  #targets(
    { outputs }: Session,
    keep: NonNullable<TensorBindings["keep"]>,
    read: ReadonlySet<string>,
  ): Feeds {
    const states = Object.values(keep).filter((state) => typeof state === "string");
    const twice = states.find((state, i) => states.indexOf(state) !== i);
    if (twice !== undefined) {
      throw new TypeError(`Cannot keep two outputs under one name: received "${twice}" twice`);
    }
    const found = Object.entries(keep).flatMap(([output, state]): [string, Feed][] => {
      const facts = outputs.get(output);
      if (facts === undefined) throw unknown("output", output, outputs);
      if (typeof state !== "string") {
        return read.has(state.tensor) ? [] : [[output, this.#tensors.view(state)]];
      }
      const { element, dims } = facts;
      return dims === undefined ? [] : [[output, this.#tensors.target(state, { element, dims })]];
    });
    return Object.fromEntries(found);
  }

  /** Stores the kept outputs as persistent tensors and returns the others. */
  #settle(
    made: Feeds,
    { keep, targets }: { keep: NonNullable<TensorBindings["keep"]>; targets: Feeds },
  ): Record<string, Output> {
    const rest: Record<string, Output> = {};
    for (const [name, output] of Object.entries(made)) {
      const state = keep[name];
      if (state === undefined) rest[name] = output;
      else if (typeof state !== "string") {
        if (!Object.hasOwn(targets, name)) this.#tensors.write(state, output);
      } else if (Object.hasOwn(targets, name)) this.#tensors.swap(state, output);
      else this.#tensors.put(state, output);
    }
    return rest;
  }
}

function tensorOf(from: string | TensorView): string {
  return typeof from === "string" ? from : from.tensor;
}

function unknown(what: string, name: string, known: ReadonlyMap<string, unknown>): TypeError {
  const names = [...known.keys()].join(", ");
  return new TypeError(
    `Cannot run as the graph has no ${what} "${name}": received one of ${names}`,
  );
}
