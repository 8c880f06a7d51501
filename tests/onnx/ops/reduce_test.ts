import assert from "node:assert/strict";
import { Graph } from "../../../src/onnx/graph.ts";
import * as ops from "../../../src/onnx/ops/reduce.ts";
import { type OperatorCase, refuses, testOperators } from "../operator_case.ts";
import { plain } from "../run_graph.ts";

const rows = [[1, 2, 6], [-4, 0, 4]];
type Name = "reduceSum" | "reduceMean" | "reduceMax" | "reduceMin" | "reduceLogSumExp";
const reference: Readonly<Record<Name, (numbers: number[]) => number>> = {
  reduceSum: (numbers) => numbers.reduce((a, b) => a + b, 0),
  reduceMean: (numbers) => numbers.reduce((a, b) => a + b, 0) / numbers.length,
  reduceMax: (numbers) => Math.max(...numbers),
  reduceMin: (numbers) => Math.min(...numbers),
  reduceLogSumExp: (numbers) => Math.log(numbers.reduce((a, b) => a + Math.exp(b), 0)),
};

testOperators((Object.keys(reference) as Name[]).flatMap((name): OperatorCase[] => [
  {
    name: `${name} over the last axis`,
    feed: { x: { dims: [2, 3], data: rows.flat(), as: ["tokens", 3] } },
    build: ({ x }) => ops[name](x!, [-1]),
    declares: "float32[tokens]",
    gives: rows.map(reference[name]),
  },
  {
    name: `${name} keeps axes with extent 1 where asked to`,
    feed: { x: { dims: [2, 3], data: rows.flat(), as: ["tokens", 3] } },
    build: ({ x }) => ops[name](x!, [0], { keep: true }),
    declares: "float32[1, 3]",
    gives: [[0, 1, 2].map((i) => reference[name](rows.map((row) => row[i]!)))],
  },
  {
    name: `${name} over all axes is a scalar`,
    feed: { x: rows },
    build: ({ x }) => ops[name](x!, [0, 1]),
    declares: "float32[]",
    gives: reference[name](rows.flat()),
  },
]));

testOperators([
  {
    name: "cumulativeSum adds up along an axis, the entry itself included",
    feed: { x: { dims: [2, 3], data: rows.flat(), as: ["tokens", 3] } },
    build: ({ x }) => [ops.cumulativeSum(x!, 1), ops.cumulativeSum(x!, 0)],
    declares: ["float32[tokens, 3]", "float32[tokens, 3]"],
    gives: [plain([[1, 3, 9], [-4, -4, 0]]), plain([[1, 2, 6], [-3, 2, 10]])],
  },
  {
    name: "cumulativeSum counts an axis from the end, and whole numbers",
    feed: { x: { dims: [3], data: [5, -2, 7], dtype: "int32" } },
    build: ({ x }) => ops.cumulativeSum(x!, -1),
    declares: "int32[3]",
    gives: [5, 3, 10],
  },
]);

Deno.test("a reduction over no axes is the tensor itself", () => {
  const x = new Graph("case").input("x", "float32", [2, 3]);
  for (const name of Object.keys(reference) as Name[]) assert.equal(ops[name](x, []), x);
});

Deno.test("reductions refuse axes that repeat or that only the runtime knows", () => {
  const x = (graph: Graph) => graph.input("x", "float32", [2, 3]);
  refuses(
    (graph) => ops.reduceSum(x(graph), [1, -1]),
    "Cannot apply ReduceSum as its axes must differ: received float32[2, 3], int64[2]",
  );
  refuses(
    (graph) => ops.cumulativeSum(x(graph), 2),
    "Cannot use an axis that is not there: received 2 at rank 2",
  );
  refuses(
    (graph) => ops.reduceSum(x(graph), [2]),
    "Cannot use an axis that is not there: received 2 at rank 2",
  );
  refuses(
    (graph) => graph.emit("ReduceMean", [x(graph), graph.input("axes", "int64", [1])]),
    "Cannot apply ReduceMean as its input 1 must be a constant: received float32[2, 3], int64[1]",
  );
  refuses(
    (graph) => graph.emit("ReduceMean", [x(graph), graph.integers([])]),
    "Cannot apply ReduceMean as its axes must differ: received float32[2, 3], int64[0]",
  );
});
