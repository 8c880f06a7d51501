import assert from "node:assert/strict";
import fc from "fast-check";
import { Graph } from "../../../src/onnx/graph.ts";
import {
  concat,
  expand,
  pad,
  range,
  reshape,
  shapeOf,
  transpose,
} from "../../../src/onnx/ops/layout.ts";
import type { Size } from "../../../src/onnx/ops/extent.ts";
import type { Value } from "../../../src/onnx/value.ts";
import { refuses, testOperators } from "../operator_case.ts";
import { assertNear, runGraph } from "../run_graph.ts";

const six = [[1, 2, 3], [4, 5, 6]];
const scalar = (number: number) => ({ dims: [], data: [number], dtype: "int64" }) as const;
const sized = (name: string, value: Value | undefined): Size => ({ name, value: value! });

testOperators([
  {
    name: "reshape keeps the order of the numbers",
    feed: { x: six },
    build: ({ x }) => reshape(x!, [3, 2]),
    declares: "float32[3, 2]",
    gives: [[1, 2], [3, 4], [5, 6]],
  },
  {
    name: "reshape works out the extent that is left, and a number beats its name",
    feed: { x: six },
    build: ({ x }) => reshape(x!, [{ rest: "whole" }, 1]),
    declares: "float32[6, 1]",
    gives: [[1], [2], [3], [4], [5], [6]],
  },
  {
    name: "reshape names what only the runtime knows",
    feed: { x: { dims: [2, 6], data: [...six.flat(), ...six.flat()], as: ["tokens", 6] } },
    build: ({ x }) => reshape(x!, [{ rest: "tokens" }, 2, 3]),
    declares: "float32[tokens, 2, 3]",
    gives: [six, six],
  },
  {
    name: "reshape takes sizes that the runtime computes",
    feed: { x: { dims: [6], data: six.flat(), as: ["all"] }, n: scalar(2), m: scalar(3) },
    build: ({ x, n, m }) => reshape(x!, [sized("n", n), sized("m", m)]),
    declares: "float32[n, m]",
    gives: six,
  },
  {
    name: "reshape to no axes",
    feed: { x: [7] },
    build: ({ x }) => reshape(x!, []),
    declares: "float32[]",
    gives: 7,
  },
  {
    name: "expand repeats along axes of extent 1 and adds axes in front",
    feed: { x: { dims: [2, 1], data: [1, 2], as: ["rows", 1] } },
    build: ({ x }) => expand(x!, [2, 1, 3]),
    declares: "float32[2, rows, 3]",
    gives: [[[1, 1, 1], [2, 2, 2]], [[1, 1, 1], [2, 2, 2]]],
  },
  {
    name: "expand takes sizes that the runtime computes",
    feed: { x: [[1], [2]], n: scalar(3) },
    build: ({ x, n }) => expand(x!, [2, sized("n", n)]),
    declares: "float32[2, n]",
    gives: [[1, 1, 1], [2, 2, 2]],
  },
  {
    name: "transpose reorders axes",
    feed: { x: { dims: [1, 2, 3], data: six.flat(), as: ["batch", "rows", 3] } },
    build: ({ x }) => transpose(x!, [2, 0, 1]),
    declares: "float32[3, batch, rows]",
    gives: [[[1, 4]], [[2, 5]], [[3, 6]]],
  },
  {
    name: "concat adds numbers and names up",
    feed: {
      a: { dims: [1, 2], data: [1, 2], as: ["prefix", 2] },
      b: { dims: [2, 2], data: [3, 4, 5, 6], as: ["keys", 2] },
      c: [[7, 8]],
    },
    build: ({ a, b, c }) => concat([a!, b!, c!], 0),
    declares: "float32[prefix+keys+1, 2]",
    gives: [[1, 2], [3, 4], [5, 6], [7, 8]],
  },
  {
    name: "concat along the last axis, counted from the end",
    feed: { a: six, b: [[10], [20]] },
    build: ({ a, b }) => concat([a!, b!], -1),
    declares: "float32[2, 4]",
    gives: [[1, 2, 3, 10], [4, 5, 6, 20]],
  },
  {
    name: "pad adds zeros before and after",
    feed: { x: [[1, 2]] },
    build: ({ x }) => pad(x!, { before: [1, 0], after: [0, 2] }),
    declares: "float32[2, 4]",
    gives: [[0, 0, 0, 0], [1, 2, 0, 0]],
  },
  {
    name: "pad takes another filling, and sizes under a name of their own",
    feed: { x: { dims: [1, 2], data: [1, 2], as: ["rows", 2] }, missing: scalar(2) },
    build: ({ x, missing }) =>
      pad(x!, {
        before: [0, 0],
        after: [sized("missing", missing), 0],
        fill: -1,
        declared: ["height", 2],
      }),
    declares: "float32[height, 2]",
    gives: [[1, 2], [-1, -1], [-1, -1]],
  },
  {
    name: "pad by a negative width cuts, as gradients of pads need",
    feed: { x: six },
    build: ({ x }) => pad(x!, { before: [0, -1], after: [-1, 0] }),
    declares: "float32[1, 2]",
    gives: [[2, 3]],
  },
  {
    name: "shapeOf gives extents as int64",
    feed: { x: { dims: [2, 3], data: six.flat(), as: ["rows", 3] } },
    build: ({ x }) => shapeOf(x!),
    declares: "int64[2]",
    gives: { dims: [2], data: [2, 3], dtype: "int64" },
  },
  {
    name: "range counts up to a scalar or a vector of one",
    feed: { n: scalar(3), m: { dims: [1], data: [2], dtype: "int64" } },
    build: ({ n, m }) => [range(sized("n", n)), range(sized("m", m))],
    declares: ["int64[n]", "int64[m]"],
    gives: [
      { dims: [3], data: [0, 1, 2], dtype: "int64" },
      { dims: [2], data: [0, 1], dtype: "int64" },
    ],
  },
]);

Deno.test("a transpose and its inverse give back every tensor", async () => {
  const orders = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4, maxLength: 4 });
  const dims = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 4, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(dims, orders, async (shape, order) => {
      const graph = new Graph("there and back");
      const x = graph.input("x", "float32", shape);
      const there = transpose(x, order);
      assert.deepEqual(there.shape, order.map((axis) => shape[axis]));
      graph.output("y", transpose(there, order.map((_, axis) => order.indexOf(axis))));
      const data = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i);
      const { y } = await runGraph(graph, { x: { dims: shape, data } });
      assertNear(y!, { dims: shape, data });
    }),
    { numRuns: 15 },
  );
});

Deno.test("layouts refuse shapes that do not fit", () => {
  const x = (graph: Graph) => graph.input("x", "float32", [2, 3]);
  const named = (graph: Graph) => graph.input("x", "float32", ["tokens", 16]);
  refuses(
    (graph) => reshape(x(graph), [4, 2]),
    "Cannot reshape to [4, 2] as it holds another count of numbers: received float32[2, 3]",
  );
  refuses(
    (graph) => reshape(x(graph), [4, { rest: "?" }]),
    "Cannot apply Reshape as it does not fill [4, -1]: received float32[2, 3], int64[2]",
  );
  refuses(
    (graph) => reshape(named(graph), [{ rest: "tokens" }, 3, 5]),
    "Cannot reshape to [tokens, 3, 5] as it holds another count of numbers: received float32[tokens, 16]",
  );
  refuses(
    (graph) => expand(x(graph), [2, 4]),
    "Cannot apply Expand as it does not expand to [2, 4]: received float32[2, 3], int64[2]",
  );
  refuses(
    (graph) => transpose(x(graph), [0, 0]),
    "Cannot apply Transpose as [0, 0] is no order of its axes: received float32[2, 3]",
  );
  refuses(
    (graph) => transpose(x(graph), [-1, 0]),
    "Cannot apply Transpose as [-1, 0] is no order of its axes: received float32[2, 3]",
  );
  refuses(
    (graph) => concat([x(graph), graph.input("y", "float32", [2, 4])], 0),
    "Cannot apply Concat as its parts differ off axis 0: received float32[2, 3], float32[2, 4]",
  );
  refuses(
    (graph) => concat([x(graph), graph.input("y", "int64", [2, 3])], 0),
    "Cannot apply Concat as its parts differ off axis 0: received float32[2, 3], int64[2, 3]",
  );
  refuses(
    (graph) => concat([x(graph)], 2),
    "Cannot use an axis that is not there: received 2 at rank 2",
  );
  refuses(
    (graph) => pad(x(graph), { before: [1], after: [1] }),
    "Cannot apply Pad as it needs two widths per axis: received float32[2, 3], int64[2], float32[]",
  );
  refuses(() => concat([], 0), "Cannot apply an operator to no value");
});
