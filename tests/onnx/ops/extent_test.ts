import assert from "node:assert/strict";
import { Graph } from "../../../src/onnx/graph.ts";
import { dimOf, scalarOf, vector } from "../../../src/onnx/ops/extent.ts";
import { testOperators } from "../operator_case.ts";

const count = { dims: [], data: [7], dtype: "int64" } as const;
const counts = { dims: [1], data: [7], dtype: "int64" } as const;

testOperators([
  {
    name: "extents that only the runtime knows are joined with those that are known",
    feed: { size: count, one: counts },
    build: ({ size, one }) =>
      vector(size!, [3, { name: "n", value: size! }, { rest: "r" }, { name: "m", value: one! }]),
    declares: "int64[4]",
    gives: { dims: [4], data: [3, 7, -1, 7], dtype: "int64" },
  },
  {
    name: "a single runtime extent is a vector of one",
    feed: { size: count },
    build: ({ size }) => vector(size!, [{ name: "n", value: size! }]),
    declares: "int64[1]",
    gives: { dims: [1], data: [7], dtype: "int64" },
  },
  {
    name: "a size that is a vector of one turns into a scalar",
    feed: { size: counts },
    build: ({ size }) => scalarOf({ name: "n", value: size! }),
    declares: "int64[]",
    gives: { dims: [], data: [7], dtype: "int64" },
  },
]);

Deno.test("extents that are all known are a constant, and equal ones are one", () => {
  const graph = new Graph("case");
  const x = graph.input("x", "float32", [2]);
  const known = vector(x, [2, { rest: "all" }]);
  assert.deepEqual(graph.constants.get(known)?.data, [2, -1]);
  assert.equal(vector(x, [2, -1]), known);
  assert.equal(graph.nodes.length, 0);
});

Deno.test("a scalar size is taken as it is", () => {
  const value = new Graph("case").input("n", "int64", []);
  assert.equal(scalarOf({ name: "n", value }), value);
});

Deno.test("extents print as their numbers and names", () => {
  const value = new Graph("case").input("n", "int64", []);
  assert.deepEqual([2, { name: "n", value }, { rest: "r" }].map(dimOf), [2, "n", "r"]);
});
