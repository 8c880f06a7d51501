/**
 * A runtime without a worker, for tests of what opens and closes sessions. `tests/contracts/` holds it to what
 * the real one does.
 *
 * @module
 */

import type { Runtime } from "../../src/engine/runtime.ts";

/** Answers calls in the order they were made, each a little later, as the worker does. */
export class OrderlyRuntime implements Pick<Runtime, "load" | "unload" | "run"> {
  readonly open = new Set<string>();
  /** Loads and unloads, in order. */
  readonly calls: string[] = [];
  /** Names of sessions that fail to load. */
  readonly broken = new Set<string>();
  #last: Promise<unknown> = Promise.resolve();

  load(name: string) {
    return this.#soon(() => {
      this.calls.push(`load ${name}`);
      if (this.broken.has(name)) throw new Error(`${name} is broken`);
      this.open.add(name);
      return { onDevice: 1 };
    });
  }

  unload(name: string) {
    return this.#soon(() => {
      this.calls.push(`unload ${name}`);
      if (!this.open.delete(name)) throw new TypeError(`no session ${name}`);
    });
  }

  run(name: string) {
    return this.#soon(() => {
      if (!this.open.has(name)) throw new TypeError(`no session ${name}`);
      return { outputs: { name: { data: new Float32Array(1), dims: [1] } }, runMs: 0 };
    });
  }

  #soon<T>(work: () => T): Promise<T> {
    const done = this.#last.then(() => new Promise((resolve) => setTimeout(resolve))).then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}
