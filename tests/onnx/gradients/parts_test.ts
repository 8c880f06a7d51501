import assert from "node:assert/strict";
import { gradients } from "../../../src/onnx/gradient.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import * as ops from "../../../src/onnx/ops.ts";
import { apply } from "../../../src/onnx/ops/apply.ts";
import type { Value } from "../../../src/onnx/value.ts";
import { numbers, testGradients } from "../../support/finite_differences.ts";
import { refuses } from "../operator_case.ts";

const cube = numbers([2, 3, 4]);
/** So that the gradient that arrives is not only a number. */
const bent = (x: Value) => ops.mul(x, x);

testGradients([
  {
    name: "of a join",
    feed: { a: cube, b: numbers([2, 1, 4], 2), c: numbers([2, 2, 4], 7) },
    build: ({ a, b, c }) => bent(ops.concat([a!, b!, c!], 1)),
  },
  {
    name: "of a join along the last axis",
    feed: { a: cube, b: numbers([2, 3, 2], 2) },
    build: ({ a, b }) => ops.concat([a!, b!], -1),
  },
  {
    name: "of a join of parts of which some are names",
    feed: {
      a: numbers([2, 2]),
      b: { ...numbers([1, 2], 2), as: ["one", 2] },
      c: numbers([1, 2], 6),
      d: { ...numbers([3, 2], 7), as: ["three", 2] },
      e: numbers([2, 2], 8),
    },
    build: ({ a, b, c, d, e }) => bent(ops.concat([a!, b!, c!, d!, e!], 0)),
  },
  {
    name: "of a join whose gradient comes under another name than its own",
    feed: {
      a: { ...numbers([2, 2]), as: [2, "n"] },
      b: numbers([2, 3], 2),
      c: { ...numbers([5, 2], 3), as: ["?", 2] },
    },
    build: ({ a, b, c }) => bent(ops.matmul(ops.concat([a!, b!], 1), c!)),
  },
  {
    name: "of a division into parts, not all of them used",
    feed: { x: cube },
    build: ({ x }) => {
      const [, second, third] = ops.split(x!, [2, 1, 1], 2);
      return ops.mul(second!, third!);
    },
  },
  {
    name: "of a cut",
    feed: { x: cube },
    build: ({ x }) => bent(ops.slice(x!, { axis: 1, start: 1, end: 2 })),
  },
  {
    name: "of a cut counted from the end",
    feed: { x: cube },
    build: ({ x }) => bent(ops.slice(x!, { axis: -1, start: -3, end: -1 })),
  },
  {
    name: "of cuts side by side, which are joined again, with gaps",
    feed: { x: numbers([2, 7]) },
    build: ({ x }) => {
      const cut = (start: number, end: number) => ops.slice(x!, { axis: 1, start, end });
      return ops.mul(ops.mul(cut(3, 5), cut(1, 3)), cut(5, 7));
    },
  },
  {
    name: "of cuts that overlap or go along several axes",
    feed: { x: numbers([3, 3]) },
    build: ({ x }) => {
      const rows = ops.slice(x!, { axis: 0, start: 0, end: 2 });
      const lower = ops.slice(x!, { axis: 0, start: 1, end: 3 });
      const columns = ops.slice(x!, { axis: 1, start: 1, end: 3 });
      return ops.matmul(columns, ops.mul(rows, lower));
    },
  },
  {
    name: "of a cut of an extent that is a name, from either end",
    feed: { x: { ...numbers([5, 2]), as: ["length", 2] } },
    build: ({ x }) =>
      ops.mul(
        ops.slice(x!, { axis: 0, start: 1, end: 2 ** 31 - 1, name: "shifted" }),
        ops.slice(x!, { axis: 0, start: 0, end: -1, name: "shifted" }),
      ),
  },
  {
    name: "of a cut from where the runtime says",
    feed: { x: cube, start: { dims: [1], data: [-2], dtype: "int64" } },
    build: ({ x, start }) => bent(ops.slice(x!, { axis: 1, start: start!, end: 3, name: "two" })),
  },
]);

Deno.test("cuts that make up the whole are joined without zeros", () => {
  const graph = new Graph("cuts");
  const x = graph.input("x", "float32", [2, 6]);
  const cut = (start: number, end: number) => ops.slice(x, { axis: 1, start, end });
  const before = graph.nodes.length;
  gradients(ops.mul(ops.mul(cut(2, 4), cut(0, 2)), cut(4, 6)), [x]);
  const made = graph.nodes.slice(before).map(({ op }) => op);
  assert.ok(made.includes("Concat") && !made.includes("Pad"), made.join());
});

Deno.test("a cut with steps, or along two axes, is refused", () => {
  refuses(
    (graph) => {
      const x = graph.input("x", "float32", [4]);
      const [zero, four, axis, two] = [[0], [4], [0], [2]].map((each) => graph.integers(each));
      gradients(apply("Slice", [x, zero, four, axis, two]), [x]);
    },
    "Cannot differentiate Slice that makes %3 as it does not cut one axis by steps of 1: received float32[4], int64[1], int64[1], int64[1], int64[1]",
  );
});
