import assert from "node:assert/strict";
import { feedsOf } from "../../src/engine/feeds.ts";
import { openSession, providersOf } from "../../src/engine/session.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { cast, mul } from "../../src/onnx/ops.ts";
import { serialize } from "../../src/onnx/serialize.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { tokenTree } from "../../src/tree/token_tree.ts";
import { goldenDirectory } from "../support/golden_model.ts";

const { graph } = await readBlueprint(goldenDirectory("gpt2"));
const tree = tokenTree([{ ids: Int32Array.of(1, 2, 3), rows: [0, 2], attend: [2] }], {
  sharing: { tokensPerBranch: 0, sharesUpTo: Infinity },
  tiles: { maxPairs: 100, pairsPerTile: 0 },
});
const cpu = { device: "cpu", threads: 1 } as const;

/** Doubles `x`, of extents that are known or not. */
function doubling(extent: number | string): Uint8Array<ArrayBuffer> {
  const graph = new Graph("doubling");
  const x = graph.input("x", "float32", [extent, 2]);
  graph.output("y", mul(x, graph.scalar("float32", 2)));
  return serialize(graph);
}

Deno.test("a session reads its weights in place and gives out logits and attention rows", async () => {
  const session = await openSession(serialize(graph), cpu, feedsOf(tree));
  assert.equal(session.onDevice, 1);
  const { logits, attention } = await session.run(feedsOf(tree));
  assert.deepEqual([logits!.dims, attention!.dims], [[2, 1], [1, 3]]);
  const sum = Array.from<number | bigint, number>(attention!.data, Number).reduce((a, b) => a + b);
  assert.ok(Math.abs(sum - 1) < 1e-5);
  await session.release();
});

Deno.test("an input that is not fed is named", async () => {
  const { ids: _, ...rest } = feedsOf(tree);
  await assert.rejects(openSession(serialize(graph), cpu, rest), /the input "ids" is not fed/);
});

Deno.test("bytes that are no model are refused by the runtime's own words", async () => {
  await assert.rejects(openSession(new Uint8Array([1, 2, 3]), cpu, feedsOf(tree)), /protobuf/i);
});

Deno.test("inputs have their types, outputs their extents as far as the graph fixes them", async () => {
  const fixed = await openSession(doubling(3), cpu);
  assert.deepEqual([...fixed.inputs], [["x", "float32"]]);
  assert.deepEqual([...fixed.outputs], [["y", { element: "float32", dims: [3, 2] }]]);
  const open = await openSession(doubling("rows"), cpu);
  assert.deepEqual([...open.outputs], [["y", { element: "float32" }]]);
  await Promise.all([fixed.release(), open.release()]);
});

Deno.test("an output is written into its target", async () => {
  const session = await openSession(doubling(1), cpu);
  const target = { data: new Float32Array(2), dims: [1, 2] };
  const feeds = { x: { data: Float32Array.of(3, 4), dims: [1, 2] } };
  const { y } = await session.run(feeds, { y: target });
  assert.equal(y!.data, target.data);
  assert.deepEqual([...target.data], [6, 8]);
  await session.release();
});

Deno.test("a type that no array travels as is refused when the session opens", async () => {
  const graph = new Graph("half");
  graph.output("y", cast(graph.input("x", "float32", [2]), "float16"));
  await assert.rejects(openSession(serialize(graph), cpu), /"y" .*: received float16$/);
});

Deno.test("on the CPU all runs on the device, warmed up or not", async () => {
  const session = await openSession(doubling(1), cpu);
  assert.equal(session.onDevice, 1);
  await session.release();
});

Deno.test("the number of a GPU reaches the CUDA provider", () => {
  assert.deepEqual(providersOf({ device: "cuda", deviceId: 1 }), [
    { name: "cuda", deviceId: 1 },
    "cpu",
  ]);
  assert.deepEqual(providersOf({ device: "cuda" }), ["cuda", "cpu"]);
  assert.deepEqual(providersOf({ device: "cpu" }), ["cpu"]);
});
