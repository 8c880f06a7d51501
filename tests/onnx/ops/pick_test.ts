import assert from "node:assert/strict";
import { cast } from "../../../src/onnx/ops/compare.ts";
import {
  gather,
  gatherElements,
  largest,
  scatterAdd,
  slice,
  split,
} from "../../../src/onnx/ops/pick.ts";
import { refuses, testOperators } from "../operator_case.ts";
import { plain } from "../run_graph.ts";

const table = [[1, 2, 3], [4, 5, 6]];
const whole = (dims: number[], data: number[]) => ({ dims, data, dtype: "int64" }) as const;

testOperators([
  {
    name: "gather picks rows by an index of any shape",
    feed: {
      x: table,
      index: { ...whole([2, 2], [1, 0, 1, 1]), dtype: "int32", as: ["batch", "tokens"] },
    },
    build: ({ x, index }) => gather(x!, index!),
    declares: "float32[batch, tokens, 3]",
    gives: [[table[1]!, table[0]!], [table[1]!, table[1]!]],
  },
  {
    name: "gather along another axis",
    feed: { x: { dims: [2, 3], data: table.flat(), as: ["rows", 3] }, index: whole([2], [2, 0]) },
    build: ({ x, index }) => gather(x!, index!, 1),
    declares: "float32[rows, 2]",
    gives: [[3, 1], [6, 4]],
  },
  {
    name: "gather by a scalar drops the axis",
    feed: { x: table, index: whole([], [1]) },
    build: ({ x, index }) => gather(x!, index!, -1),
    declares: "float32[2]",
    gives: [2, 5],
  },
  {
    name: "gather of no rows",
    feed: { x: table, index: { ...whole([0], []), as: ["none"] } },
    build: ({ x, index }) => gather(x!, index!),
    declares: "float32[none, 3]",
    gives: { dims: [0, 3], data: [] },
  },
  {
    name: "gatherElements picks one entry per index",
    feed: {
      x: { dims: [2, 3], data: table.flat(), as: ["rows", 3] },
      index: { ...whole([2, 1], [2, 0]), as: ["rows", 1] },
    },
    build: ({ x, index }) => gatherElements(x!, index!, 1),
    declares: "float32[rows, 1]",
    gives: [[3], [4]],
  },
  {
    name: "scatterAdd adds up updates of equal indices",
    feed: {
      x: { dims: [3, 2], data: [10, 20, 0, 0, 0, 0], as: ["rows", 2] },
      index: { ...whole([4, 2], [0, 0, 2, 2, 0, 0, 0, 2]), as: ["updates", 2] },
      updates: { dims: [4, 2], data: [1, 2, 3, 4, 5, 6, 7, 8], as: ["updates", 2] },
    },
    build: ({ x, index, updates }) => scatterAdd(x!, { index: index!, updates: updates!, axis: 0 }),
    declares: "float32[rows, 2]",
    gives: [[10 + 1 + 5 + 7, 20 + 2 + 6], [0, 0], [3, 4 + 8]],
  },
  {
    name: "scatterAdd of half precision adds in float32",
    feed: {
      x: { dims: [1, 1], data: [0], as: ["rows", 1] },
      index: { ...whole([3, 1], [0, 0, 0]), as: ["updates", 1] },
      updates: { dims: [3, 1], data: [2048, 1, 1], as: ["updates", 1] },
    },
    build: ({ x, index, updates }) => {
      const [base, added] = [cast(x!, "float16"), cast(updates!, "float16")];
      const sum = scatterAdd(base, { index: index!, updates: added, axis: 0 });
      assert.equal(sum.dtype, "float16");
      return cast(sum, "float32");
    },
    declares: "float32[rows, 1]",
    gives: [[2050]], // 2048 + 1 is 2048 in float16
  },
  {
    name: "slice knows what is left of a number",
    feed: { x: table },
    build: ({ x }) => [
      slice(x!, { axis: 1, start: 1, end: 3 }),
      slice(x!, { axis: -1, start: -1, end: 99 }),
      slice(x!, { axis: 0, start: 1, end: 1 }),
    ],
    declares: ["float32[2, 2]", "float32[2, 1]", "float32[0, 3]"],
    gives: [
      { dims: [2, 2], data: [2, 3, 5, 6] },
      { dims: [2, 1], data: [3, 6] },
      { dims: [0, 3], data: [] },
    ],
  },
  {
    name: "slice takes bounds from the runtime, as scalars or vectors of one",
    feed: { x: table, from: whole([], [1]), to: whole([1], [3]) },
    build: ({ x, from, to }) => slice(x!, { axis: 1, start: from!, end: to!, name: "part" }),
    declares: "float32[2, part]",
    gives: [[2, 3], [5, 6]],
  },
  {
    name: "slice of a named extent has a name of its own or none",
    feed: { x: { dims: [3], data: [1, 2, 3], as: ["tokens"] } },
    build: ({ x }) => [
      slice(x!, { axis: 0, start: 0, end: 2, name: "two" }),
      slice(x!, { axis: 0, start: 1, end: 9 }),
    ],
    declares: ["float32[two]", "float32[?]"],
    gives: [{ dims: [2], data: [1, 2] }, { dims: [2], data: [2, 3] }],
  },
  {
    name: "largest sorts the largest of each row, equals each for itself",
    feed: { x: { dims: [3, 4], data: [3, -1, 7, 0, 2, 2, 1, 2, -5, -6, -7, -8], as: ["rows", 4] } },
    build: ({ x }) => [largest(x!, 2), largest(x!, 4)],
    declares: ["float32[rows, 2]", "float32[rows, 4]"],
    gives: [
      plain([[7, 3], [2, 2], [-5, -6]]),
      plain([[7, 3, 0, -1], [2, 2, 2, 1], [-5, -6, -7, -8]]),
    ],
  },
  {
    name: "split cuts into parts",
    feed: { x: { dims: [2, 3], data: table.flat(), as: ["rows", 3] } },
    build: ({ x }) => split(x!, [1, 2], -1),
    declares: ["float32[rows, 1]", "float32[rows, 2]"],
    gives: [{ dims: [2, 1], data: [1, 4] }, { dims: [2, 2], data: [2, 3, 5, 6] }],
  },
]);

Deno.test("picking refuses indices that are no indices and parts that do not add up", () => {
  refuses(
    (graph) => gather(graph.input("x", "float32", [2]), graph.input("i", "float32", [1])),
    "Cannot apply Gather as its input 1 must be int32 or int64: received float32[2], float32[1]",
  );
  refuses(
    (graph) => gather(graph.input("x", "float32", []), graph.input("i", "int64", [1])),
    "Cannot use an axis that is not there: received 0 at rank 0",
  );
  refuses(
    (graph) =>
      gatherElements(graph.input("x", "float32", [2, 3]), graph.input("i", "int64", [2]), 1),
    "Cannot apply GatherElements as its indices do not lie within what they point into: received float32[2, 3], int64[2]",
  );
  refuses(
    (graph) =>
      scatterAdd(graph.input("x", "float32", [2, 3]), {
        index: graph.input("i", "int64", [9, 4]),
        updates: graph.input("u", "float32", [9, 4]),
        axis: 0,
      }),
    "Cannot apply ScatterElements as its indices do not lie within what they point into: received float32[2, 3], int64[9, 4], float32[9, 4]",
  );
  refuses(
    (graph) =>
      scatterAdd(graph.input("x", "float32", [2, 3]), {
        index: graph.input("i", "int64", [9, 3]),
        updates: graph.input("u", "float32", [8, 3]),
        axis: 0,
      }),
    "Cannot apply ScatterElements as it needs one update per index, of the element type it updates: received float32[2, 3], int64[9, 3], float32[8, 3]",
  );
  refuses(
    (graph) => split(graph.input("x", "float32", [2, 3]), [1, 1], 1),
    "Cannot apply Split as its parts of 2 do not make up axis 1: received float32[2, 3], int64[2]",
  );
  refuses(
    (graph) => largest(graph.input("x", "float32", [2, 3]), 4),
    "Cannot apply TopK as it has fewer entries: received float32[2, 3], int64[1]",
  );
  refuses(
    (graph) => slice(graph.input("x", "float32", [2, 3]), { axis: 2, start: 0, end: 1 }),
    "Cannot use an axis that is not there: received 2 at rank 2",
  );
});
