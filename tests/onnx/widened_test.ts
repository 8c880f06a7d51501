import assert from "node:assert/strict";
import { Graph } from "../../src/onnx/graph.ts";
import { add, cast, mul } from "../../src/onnx/ops.ts";
import { openRuntime } from "../../src/engine/runtime.ts";
import { widened } from "../../src/onnx/widened.ts";

Deno.test("a node on bfloat16 stands between casts, and others stay as they are", () => {
  const graph = new Graph("case");
  const x = graph.input("x", "float32", [2]);
  const narrow = cast(x, "bfloat16");
  mul(narrow, narrow);
  add(x, x);
  const [first, product, sum] = graph.nodes.map((node, i) =>
    widened(node, { name: `${i}`, opType: node.op, input: ["a", "a"], output: ["b"] }, [])
  );
  const ops = (messages: typeof first) => messages!.map(({ opType }) => opType);
  assert.deepEqual(ops(first), ["Cast"]);
  assert.deepEqual(ops(product), ["Cast", "Cast", "Mul", "Cast"]);
  assert.deepEqual(product![2]!.input, ["1/wide/0", "1/wide/1"]);
  assert.deepEqual(ops(sum), ["Add"]);
});

Deno.test("operators that a device has kernels for do not stand between casts", () => {
  const graph = new Graph("case");
  const narrow = cast(graph.input("x", "float32", [2]), "bfloat16");
  mul(narrow, narrow);
  add(narrow, narrow);
  const lengths = graph.nodes.slice(1).map((node) =>
    widened(node, { name: "n", opType: node.op, input: ["a", "a"], output: ["b"] }, ["Add"]).length
  );
  assert.deepEqual(lengths, [4, 1]);
});

Deno.test("results on the CPU are rounded to bfloat16, ties to even", async () => {
  const graph = new Graph("case");
  const x = graph.input("x", "float32", [3]);
  const narrow = cast(x, "bfloat16");
  graph.output("y", cast(mul(narrow, narrow), "float32"));
  await using runtime = await openRuntime({ device: "cpu", threads: 1 });
  await runtime.load("case", graph);
  const data = Float32Array.of(1.0078125, 3, 1.2); // 1.2 is 1.203125 in bfloat16
  const { outputs } = await runtime.run("case", { x: { data, dims: [3] } });
  assert.deepEqual([...outputs.y!.data], [1.015625, 9, 1.4453125]);
});
