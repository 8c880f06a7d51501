import assert from "node:assert/strict";
import { Graph } from "../../src/onnx/graph.ts";
import { describe, Value } from "../../src/onnx/value.ts";

Deno.test("a value knows its type, its shape and its graph", () => {
  const graph = new Graph("case");
  const value = graph.input("x", "int32", ["tokens", 4]);
  assert.ok(value instanceof Value);
  assert.equal(value.dtype, "int32");
  assert.deepEqual(value.shape, ["tokens", 4]);
  assert.equal(value.rank, 2);
  assert.equal(value.graph, graph);
  assert.equal(value.label, "x");
  assert.equal(describe(value), "int32[tokens, 4]");
});

Deno.test("extents are read from either end, and only where there are some", () => {
  const value = new Graph("case").input("x", "float32", ["tokens", 4]);
  assert.deepEqual([0, 1, -1, -2].map((axis) => value.dim(axis)), ["tokens", 4, 4, "tokens"]);
  assert.throws(() => value.dim(2), {
    name: "RangeError",
    message: "Cannot read an extent as the axis is not there: received 2 of float32[tokens, 4]",
  });
});
