import assert from "node:assert/strict";
import type { Feeds } from "../../../src/engine/arrays.ts";
import type { Query } from "../../../src/engine/engine.ts";
import { OwnPass } from "../../../src/engine/passes/own_pass.ts";
import { Graph } from "../../../src/onnx/graph.ts";

const limits = { perToken: 1, perPair: 0, numbers: 1_000, tokens: 6 };

/** A runtime whose gradient of a token is its id, times 100 where the score is read. */
function fakeRuntime({ refusals = 0, broken = false } = {}) {
  const calls: string[] = [];
  const types: number[][] = [];
  return {
    calls,
    /** What was fed as types, run by run. */
    types,
    load(name: string) {
      calls.push(`load ${name}`);
      if (refusals-- > 0) return Promise.reject(new Error("no memory"));
      return Promise.resolve({ onDevice: 1 });
    },
    run(name: string, feeds: Feeds) {
      calls.push(`run ${name} ${feeds["ids"]!.data.join()}`);
      if (broken) return Promise.reject(new Error("bad node"));
      types.push([...feeds["types"]!.data as Int32Array]);
      const data = Float32Array.from(feeds["ids"]!.data as Int32Array);
      (feeds["pool"]!.data as Float32Array).forEach((weight, t) => data[t]! *= 1 + 99 * weight);
      return Promise.resolve({ outputs: { gradient: { data, dims: [data.length] } }, runMs: 2 });
    },
  };
}

function query(...ids: number[]): Query {
  return { ids: Int32Array.from(ids), pool: [ids.length - 1], rows: [], measure: ["gradient"] };
}

function ownPass(runtime: ReturnType<typeof fakeRuntime>, graph = () => new Graph("any")) {
  return new OwnPass(runtime, { name: "gradient", graph, limits, pooling: "last" });
}

Deno.test("each query gets its own numbers, those that are alike are computed once", async () => {
  const runtime = fakeRuntime();
  const early = { ...query(1, 2, 3), pool: [0] };
  const plain = { ...query(7, 7), measure: [] as const };
  const asked = [query(4), plain, query(1, 2, 3), query(4), early, query(1, 2, 3)];
  const found = await ownPass(runtime).run(asked);
  const numbers = asked.map((_, i) => found.numbers.get(i)).map((own) => own && [...own]);
  assert.deepEqual(numbers, [
    [400],
    undefined, // it did not ask
    [1, 2, 300],
    [400],
    [100, 2, 3],
    [1, 2, 300],
  ]);
  assert.equal(found.computedTokens, 1 + 3 + 3);
  assert.deepEqual(runtime.calls, [
    "load gradient",
    "run gradient 1,2,3,1,2,3", // six tokens are the limit
    "run gradient 4",
  ]);
  assert.equal(found.inferenceMs, 4);
});

Deno.test("queries that differ in their types alone are two, and types are fed", async () => {
  const runtime = fakeRuntime();
  const [zeros, ones] = [Int32Array.of(0, 0), Int32Array.of(0, 1)];
  const asked = [{ ...query(4, 5), types: zeros }, { ...query(4, 5), types: ones }];
  const found = await ownPass(runtime).run([...asked, ...asked]);
  assert.equal(found.computedTokens, 4);
  assert.deepEqual(runtime.types, [[0, 0, 0, 1]]);
});

Deno.test("the session is opened at the first call, once for all that wait for it", async () => {
  const runtime = fakeRuntime();
  let written = 0;
  const made = ownPass(runtime, () => new Graph(`graph ${written++}`));
  assert.equal(written, 0);
  await Promise.all([made.run([query(1)]), made.run([query(2)])]);
  await made.run([query(3)]);
  assert.equal(written, 1);
  assert.equal(runtime.calls.filter((call) => call.startsWith("load")).length, 1);
});

Deno.test("a session that does not open is a failure with the reason, and is tried again", async () => {
  const made = ownPass(fakeRuntime({ refusals: 1 }));
  await assert.rejects(made.run([query(1)]), {
    kind: "model_failure",
    message: "Cannot open the model's gradient pass: no memory",
  });
  assert.equal((await made.run([query(1)])).numbers.size, 1);
});

Deno.test("an architecture without a derivative is a failure with the reason", async () => {
  const made = ownPass(fakeRuntime(), () => {
    throw new TypeError("Cannot differentiate Loop");
  });
  await assert.rejects(made.run([query(1)]), {
    kind: "model_failure",
    message: "Cannot open the model's gradient pass: Cannot differentiate Loop",
  });
});

Deno.test("a run that fails is a failure with the reason", async () => {
  await assert.rejects(ownPass(fakeRuntime({ broken: true })).run([query(1)]), {
    kind: "model_failure",
    message: "Cannot run the model's gradient pass: bad node",
  });
});

Deno.test("what fails is blamed on a query that it failed for, never on one that did not ask", async () => {
  const plain = { ...query(1, 2, 3, 4), measure: [] as const };
  for (const runtime of [fakeRuntime({ broken: true }), fakeRuntime({ refusals: 1 })]) {
    const asked = [plain, query(1), query(1, 2, 3)]; // the longest runs first
    await assert.rejects(ownPass(runtime).run(asked), { path: "[2]" });
  }
});

Deno.test("where nobody asks, nothing is opened", async () => {
  const runtime = fakeRuntime();
  const found = await ownPass(runtime).run([{ ...query(1), measure: [] as const }]);
  assert.deepEqual([found.numbers.size, found.computedTokens, runtime.calls], [0, 0, []]);
});
