import assert from "node:assert/strict";
import { Host } from "../../src/engine/host.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { add, mul, reduceSum, reshape } from "../../src/onnx/ops.ts";
import { serialize } from "../../src/onnx/serialize.ts";

/** A host with a session "step" that adds `rate * change` to `state`, and sums what it came to. */
async function hostOf(): Promise<Host> {
  const graph = new Graph("step");
  const [state, change] = [
    graph.input("state", "float32", ["slice"]),
    graph.input("change", "float32", ["slice"]),
  ];
  const next = add(state, mul(change, graph.input("rate", "float32", [])));
  graph.output("next", next);
  graph.output("sum", reshape(reduceSum(next, [0]), [1]));
  const host = new Host();
  await host.load({ name: "step", model: serialize(graph), device: "cpu", threads: 1 });
  host.put({ name: "state", feed: vector(0, 1, 2, 3, 4, 5, 6) });
  host.put({ name: "change", feed: vector(1, 1, 1, 1, 1, 1, 1) });
  return host;
}

function vector(...numbers: number[]) {
  return { data: Float32Array.from(numbers), dims: [numbers.length] };
}

const rate = { data: Float32Array.of(10), dims: [] };
const over = { read: { state: "state", change: "change" }, write: { next: "state" } };

Deno.test("a sweep changes a range in place, slice by slice, and gives out what is not written", async () => {
  const host = await hostOf();
  const sweep = { start: 1, end: 6, slice: 2, ...over };
  const { outputs } = await host.run({ name: "step", feeds: { rate }, sweep });
  assert.deepEqual([...host.get({ name: "state" }).data], [0, 11, 12, 13, 14, 15, 6]);
  assert.deepEqual(Object.keys(outputs), ["sum"]);
  assert.deepEqual([...outputs["sum"]!.data], [11 + 12, 13 + 14, 15], "the last slice is shorter");
  await host.close();
});

Deno.test("a slice may be longer than the range", async () => {
  const host = await hostOf();
  const sweep = { start: 0, end: 7, slice: 100, ...over };
  const { outputs } = await host.run({ name: "step", feeds: { rate }, sweep });
  assert.deepEqual([...outputs["sum"]!.data], [91]);
  await host.close();
});

Deno.test("a sweep beyond a tensor, or over one that is not there, is refused", async () => {
  const host = await hostOf();
  const run = (sweep: object) =>
    host.run({
      name: "step",
      feeds: { rate },
      sweep: { start: 0, end: 7, slice: 4, ...over, ...sweep },
    });
  await assert.rejects(run({ end: 9 }), {
    name: "RangeError",
    message: /"state".*\[4\] at 4 of 7/,
  });
  await assert.rejects(run({ read: { state: "state", change: "none" } }), /"none"/);
});
