import assert from "node:assert/strict";
import { Host } from "../../src/engine/host.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { mul } from "../../src/onnx/ops.ts";
import { serialize } from "../../src/onnx/serialize.ts";

/** A host with a session "times" that multiplies two numbers by each other. */
async function hostOf(): Promise<Host> {
  const graph = new Graph("times");
  const [a, b] = [graph.input("a", "float32", [2]), graph.input("b", "float32", [2])];
  graph.output("y", mul(a, b));
  const host = new Host();
  await host.load({ name: "times", model: serialize(graph), device: "cpu", threads: 1 });
  return host;
}

function pair(...numbers: [number, number]) {
  return { data: Float32Array.from(numbers), dims: [2] };
}

Deno.test("a run takes inputs from feeds and persistent tensors alike", async () => {
  const host = await hostOf();
  host.put({ name: "state", feed: pair(3, 4) });
  const { outputs } = await host.run({
    name: "times",
    feeds: { a: pair(2, 2) },
    use: { b: "state" },
  });
  assert.deepEqual([...outputs["y"]!.data], [6, 8]);
  await host.close();
});

Deno.test("a kept output does not come out", async () => {
  const host = await hostOf();
  const feeds = { a: pair(2, 2), b: pair(5, 6) };
  const { outputs, runMs } = await host.run({ name: "times", feeds, keep: { y: "product" } });
  assert.deepEqual(outputs, {});
  assert.ok(runMs > 0);
  assert.deepEqual([...host.get({ name: "product" }).data], [10, 12]);
  await host.close();
});

Deno.test("an output is written into a part of a tensor, which the run may read as well", async () => {
  const host = await hostOf();
  host.put({ name: "state", feed: { data: Float32Array.of(1, 2, 3, 4), dims: [4] } });
  const view = { tensor: "state", offset: 1, dims: [2] };
  const feeds = () => ({ a: pair(10, 100) });
  await host.run({ name: "times", feeds: feeds(), use: { b: view }, keep: { y: view } });
  assert.deepEqual([...host.get({ name: "state" }).data], [1, 20, 300, 4]);
  await host.run({ name: "times", feeds: { ...feeds(), b: pair(5, 6) }, keep: { y: view } });
  assert.deepEqual([...host.get({ name: "state" }).data], [1, 50, 600, 4]);
  const wrong = { ...view, dims: [3] };
  const run = (use: object) =>
    host.run({ name: "times", feeds: feeds(), use: { b: view, ...use }, keep: { y: wrong } });
  await assert.rejects(run({}), { name: "RangeError", message: /part has 3 .* received 2/ });
  await host.close();
});

Deno.test("a part of a tensor is read as a copy, and one that is not within it is refused", async () => {
  const host = await hostOf();
  host.put({ name: "state", feed: { data: Float32Array.of(1, 2, 3, 4), dims: [2, 2] } });
  const { data, dims } = host.get({ name: "state", part: { offset: 1, length: 2 } });
  assert.deepEqual([[...data], dims], [[2, 3], [2]]);
  data[0] = 9;
  assert.deepEqual([...host.get({ name: "state" }).data], [1, 2, 3, 4]);
  const beyond = { name: "state", part: { offset: 3, length: 2 } };
  assert.throws(() => host.get(beyond), { name: "RangeError", message: /\[2\] at 3 of 4$/ });
  await host.close();
});

Deno.test("a session that cannot be opened leaves the one of its name", async () => {
  const host = await hostOf();
  const model = Uint8Array.of(1, 2, 3);
  await assert.rejects(host.load({ name: "times", model, device: "cpu", threads: 1 }), /protobuf/i);
  const { outputs } = await host.run({ name: "times", feeds: { a: pair(1, 2), b: pair(1, 2) } });
  assert.deepEqual([...outputs["y"]!.data], [1, 4]);
  await host.close();
});

Deno.test("after closing nothing is there", async () => {
  const host = await hostOf();
  host.put({ name: "state", feed: pair(3, 4) });
  await host.close();
  assert.throws(() => host.get({ name: "state" }), /received none/);
  await assert.rejects(host.run({ name: "times", feeds: {} }), /no session has that name/);
});
