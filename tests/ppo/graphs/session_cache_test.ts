import assert from "node:assert/strict";
import fc from "fast-check";
import { fedWeights } from "../../../src/layers/fed_weights.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { SessionCache, type SessionSpec } from "../../../src/ppo/graphs/session_cache.ts";
import { OrderlyRuntime } from "../../support/orderly_runtime.ts";

function spec(kind: string, shape: number): SessionSpec {
  const build = () => {
    const graph = new Graph("test");
    return { graph, weights: fedWeights(graph) };
  };
  return { kind, shape: String(shape), build };
}

const inputs = () => ({ feeds: {} });

Deno.test("a session is opened once, and the least recently used one is closed to make room", async () => {
  const runtime = new OrderlyRuntime();
  const cache = new SessionCache(runtime, 2);
  for (const shape of [1, 2, 1, 3, 1]) await cache.run(spec("a", shape), inputs);
  await cache.run(spec("b", 1), inputs);
  assert.deepEqual(runtime.calls, ["load a 1", "load a 2", "unload a 2", "load a 3", "load b 1"]);
});

Deno.test("concurrent runs never close each other's session", async () => {
  const runs = fc.array(
    fc.record({ kind: fc.constantFrom("a", "b"), shape: fc.nat(4), wait: fc.boolean() }),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(runs, fc.integer({ min: 1, max: 3 }), async (runs, capacity) => {
      const runtime = new OrderlyRuntime();
      const cache = new SessionCache(runtime, capacity);
      const going: Promise<unknown>[] = [];
      for (const { kind, shape, wait } of runs) {
        going.push(cache.run(spec(kind, shape), inputs));
        if (wait) await going.at(-1);
      }
      await Promise.all(going);
      const open = (kind: string) => [...runtime.open].filter((name) => name.startsWith(kind));
      assert.ok(open("a").length <= capacity && open("b").length <= capacity);
    }),
    { numRuns: 30 },
  );
});

Deno.test("a session that fails to open rejects its runs and is opened again the next time", async () => {
  const runtime = new OrderlyRuntime();
  const cache = new SessionCache(runtime, 1);
  runtime.broken.add("a 1");
  const both = [cache.run(spec("a", 1), inputs), cache.run(spec("a", 1), inputs)];
  for (const each of both) await assert.rejects(each, /a 1 is broken/);
  await cache.run(spec("a", 2), inputs);
  runtime.broken.clear();
  await cache.run(spec("a", 1), inputs);
  assert.deepEqual([...runtime.open], ["a 1"]);
});
