/** What the weights of a graph take, against graphs whose weights are known. */

import assert from "node:assert/strict";
import { Graph, type StoredWeight } from "../../src/onnx/graph.ts";
import { add, cast, matmul } from "../../src/onnx/ops.ts";
import { weightBytes } from "../../src/onnx/weight_bytes.ts";

const stored = (name: string, dtype: "bfloat16" | "float32", count: number): StoredWeight => ({
  name,
  dtype,
  shape: [count, count],
  file: "/model.safetensors",
  offset: 0,
  length: count * count * (dtype === "float32" ? 4 : 2),
});

Deno.test("a weight counts in the type that it is cast to, and as it is stored where it is not cast", () => {
  const graph = new Graph("casts");
  const half = graph.weight(stored("half", "bfloat16", 10));
  const whole = graph.weight(stored("whole", "float32", 10));
  graph.output("y", matmul(cast(half, "float32"), whole));
  assert.deepEqual(weightBytes(graph), { all: 400 + 400, whileLoading: 400 });
});

Deno.test("a weight of two types counts twice, one that nothing uses not at all", () => {
  const graph = new Graph("twice");
  const half = graph.weight(stored("half", "bfloat16", 10));
  graph.weight(stored("unused", "float32", 100));
  const wide = cast(half, "float32");
  graph.output("y", add(wide, cast(cast(half, "float16"), "float32")));
  assert.deepEqual(weightBytes(graph), { all: 400 + 200, whileLoading: 200 });
});
