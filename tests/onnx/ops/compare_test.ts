import assert from "node:assert/strict";
import { Graph } from "../../../src/onnx/graph.ts";
import * as ops from "../../../src/onnx/ops/compare.ts";
import type { Binary } from "../../../src/onnx/ops/apply.ts";
import { type OperatorCase, refuses, testOperators } from "../operator_case.ts";

const left = [1, 2, 3, 4];
const comparisons: Readonly<Record<string, [Binary, (a: number, b: number) => boolean]>> = {
  less: [ops.less, (a, b) => a < b],
  lessOrEqual: [ops.lessOrEqual, (a, b) => a <= b],
  greater: [ops.greater, (a, b) => a > b],
  equal: [ops.equal, (a, b) => a === b],
};

testOperators(
  Object.entries(comparisons).flatMap(([name, [compare, of]]): OperatorCase[] => [
    {
      name: `${name} answers with bools`,
      feed: { a: { dims: [4], data: left, as: ["tokens"] } },
      build: ({ a }) => compare(a!, 3),
      declares: "bool[tokens]",
      gives: left.map((each) => Number(of(each, 3))),
    },
    {
      name: `${name} compares integers and broadcasts`,
      feed: {
        a: { dims: [4], data: left, dtype: "int32" },
        b: { dims: [2, 1], data: [2, 3], dtype: "int32", as: ["rows", 1] },
      },
      build: ({ a, b }) => compare(a!, b!),
      declares: "bool[rows, 4]",
      gives: [2, 3].map((b) => left.map((a) => Number(of(a, b)))),
    },
  ]),
);

testOperators([
  {
    name: "and holds where both do",
    feed: { a: [1, 2, 3, 4] },
    build: ({ a }) => ops.and(ops.less(a!, 4), ops.greater(a!, 1)),
    declares: "bool[4]",
    gives: [0, 1, 1, 0],
  },
  {
    name: "where picks by the condition, and takes numbers",
    feed: { x: [[1, -2], [-3, 4]] },
    build: ({ x }) => ops.where(ops.greater(x!, 0), x!, -1e30),
    declares: "float32[2, 2]",
    gives: [[1, -1e30], [-1e30, 4]],
  },
  {
    name: "where broadcasts all three",
    feed: {
      x: { dims: [2, 1], data: [1, -1], as: ["rows", 1] },
      y: { dims: [3], data: [5, 6, 7], as: ["columns"] },
    },
    build: ({ x, y }) => ops.where(ops.greater(x!, 0), y!, 0),
    declares: "float32[rows, columns]",
    gives: [[5, 6, 7], [0, 0, 0]],
  },
  {
    name: "where of two numbers is float32",
    feed: { x: [1, -1] },
    build: ({ x }) => ops.where(ops.greater(x!, 0), 1, 0),
    declares: "float32[2]",
    gives: [1, 0],
  },
  {
    name: "cast cuts fractions off for integers",
    feed: { x: [[-1.5, 2.7]] },
    build: ({ x }) => ops.cast(x!, "int32"),
    declares: "int32[1, 2]",
    gives: [[-1, 2]],
  },
  {
    name: "cast rounds to half precision and to bfloat16",
    feed: { x: [1.0009765625, 3.14159265, 65504] },
    build: ({ x }) => [
      ops.cast(ops.cast(x!, "float16"), "float32"),
      ops.cast(ops.cast(x!, "bfloat16"), "float32"),
    ],
    declares: ["float32[3]", "float32[3]"],
    gives: [
      { dims: [3], data: [1.0009765625, 3.140625, 65504] },
      { dims: [3], data: [1, 3.140625, 65536] },
    ],
  },
]);

Deno.test("cast to the type a value has already is the value", () => {
  const x = new Graph("case").input("x", "float32", [2]);
  assert.equal(ops.cast(x, "float32"), x);
});

Deno.test("comparisons refuse mixed types, and bools where no order is", () => {
  refuses(
    (graph) => ops.less(graph.input("a", "bool", [2]), graph.input("b", "bool", [2])),
    "Cannot apply Less as its input 0 must be of numbers: received bool[2], bool[2]",
  );
  refuses(
    (graph) => ops.equal(graph.input("a", "int32", [2]), graph.input("b", "int64", [2])),
    "Cannot apply Equal as its element types differ: received int32[2], int64[2]",
  );
  refuses(
    (graph) => ops.where(graph.input("c", "float32", [2]), 1, 2),
    "Cannot apply Where as its input 0 must be bool: received float32[2], float32[], float32[]",
  );
  refuses(
    (graph) => ops.and(graph.input("a", "bool", []), graph.input("b", "int32", [])),
    "Cannot apply And as its input 1 must be bool: received bool[], int32[]",
  );
});
