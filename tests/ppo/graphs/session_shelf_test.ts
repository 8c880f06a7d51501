import assert from "node:assert/strict";
import fc from "fast-check";
import { fedWeights } from "../../../src/layers/fed_weights.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { SessionShelf, type Wanted } from "../../../src/ppo/graphs/session_shelf.ts";

type Runtime = ConstructorParameters<typeof SessionShelf>[0];

/** Does what it is asked in the order in which it is asked, each a while later, as the worker does. */
class OrderlyRuntime implements Runtime {
  readonly open = new Set<string>();
  readonly told: string[] = [];
  readonly broken = new Set<string>();
  #last: Promise<unknown> = Promise.resolve();

  load(name: string) {
    return this.#soon(() => {
      this.told.push(`load ${name}`);
      if (this.broken.has(name)) throw new Error(`${name} is broken`);
      this.open.add(name);
      return { onDevice: 1 };
    });
  }

  unload(name: string) {
    return this.#soon(() => {
      this.told.push(`unload ${name}`);
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

function wanted(kind: string, shape: number): Wanted {
  const build = () => {
    const graph = new Graph("test");
    return { graph, weights: fedWeights(graph) };
  };
  return { kind, shape: String(shape), build };
}

const task = () => ({ feeds: {} });

Deno.test("a session is opened once, and the one used longest ago gives way to another", async () => {
  const runtime = new OrderlyRuntime();
  const shelf = new SessionShelf(runtime, 2);
  for (const shape of [1, 2, 1, 3, 1]) await shelf.run(wanted("a", shape), task);
  await shelf.run(wanted("b", 1), task);
  assert.deepEqual(runtime.told, ["load a 1", "load a 2", "unload a 2", "load a 3", "load b 1"]);
});

Deno.test("runs at the same time never lose their session to each other", async () => {
  const runs = fc.array(
    fc.record({ kind: fc.constantFrom("a", "b"), shape: fc.nat(4), wait: fc.boolean() }),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(runs, fc.integer({ min: 1, max: 3 }), async (runs, most) => {
      const runtime = new OrderlyRuntime();
      const shelf = new SessionShelf(runtime, most);
      const going: Promise<unknown>[] = [];
      for (const { kind, shape, wait } of runs) {
        going.push(shelf.run(wanted(kind, shape), task));
        if (wait) await going.at(-1);
      }
      await Promise.all(going);
      const open = (kind: string) => [...runtime.open].filter((name) => name.startsWith(kind));
      assert.ok(open("a").length <= most && open("b").length <= most);
    }),
    { numRuns: 30 },
  );
});

Deno.test("a session that does not open says why, and is tried again", async () => {
  const runtime = new OrderlyRuntime();
  const shelf = new SessionShelf(runtime, 1);
  runtime.broken.add("a 1");
  const both = [shelf.run(wanted("a", 1), task), shelf.run(wanted("a", 1), task)];
  for (const each of both) await assert.rejects(each, /a 1 is broken/);
  await shelf.run(wanted("a", 2), task);
  runtime.broken.clear();
  await shelf.run(wanted("a", 1), task);
  assert.deepEqual([...runtime.open], ["a 1"]);
});
