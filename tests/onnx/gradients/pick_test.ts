import assert from "node:assert/strict";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { gradients } from "../../../src/onnx/gradient.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import * as ops from "../../../src/onnx/ops.ts";
import { apply } from "../../../src/onnx/ops/apply.ts";
import { serialize } from "../../../src/onnx/serialize.ts";
import type { Value } from "../../../src/onnx/value.ts";
import { indices, numbers, testGradients } from "../../support/finite_differences.ts";
import { refuses } from "../operator_case.ts";
import { plain, runGraph } from "../run_graph.ts";

const table = numbers([3, 2]);
const bent = (x: Value) => ops.mul(x, x);

testGradients([
  {
    name: "of rows of a table, some of them twice",
    feed: { x: table, index: indices([7], 3, "int32") },
    build: ({ x, index }) => bent(ops.gather(x!, index!)),
  },
  {
    name: "of rows counted from the end",
    feed: { x: table, index: { dims: [3], data: [-1, 0, -1], dtype: "int64" } },
    build: ({ x, index }) => bent(ops.gather(x!, index!)),
  },
  {
    name: "of one row",
    feed: { x: table, index: { dims: [], data: [1], dtype: "int64" } },
    build: ({ x, index }) => bent(ops.gather(x!, index!)),
  },
  {
    name: "of rows by an index of two axes",
    feed: { x: table, index: indices([2, 4], 3) },
    build: ({ x, index }) => bent(ops.gather(x!, index!)),
  },
  {
    name: "of rows by an index whose extents are names",
    feed: { x: table, index: { ...indices([2, 4], 3), as: ["batch", "length"] } },
    build: ({ x, index }) => bent(ops.gather(x!, index!)),
  },
  {
    name: "of entries of an inner axis",
    feed: { x: numbers([2, 3, 2]), index: indices([4], 3) },
    build: ({ x, index }) => bent(ops.gather(x!, index!, 1)),
  },
  {
    name: "of entries of the last axis by an index of two axes, all names",
    feed: {
      x: { ...numbers([2, 2, 3]), as: ["a", "b", "c"] },
      index: { ...indices([2, 2], 3), as: ["i", "j"] },
    },
    build: ({ x, index }) => bent(ops.gather(x!, index!, -1)),
  },
  {
    name: "of entries of a vector",
    feed: { x: numbers([3]), index: indices([5], 3) },
    build: ({ x, index }) => bent(ops.gather(x!, index!)),
  },
  {
    name: "of a table that is also multiplied with, as tied embeddings are",
    feed: { x: table, index: indices([5], 3, "int32") },
    build: ({ x, index }) => ops.gemm(ops.gather(x!, index!), x!, { transposeB: true }),
  },
  {
    name: "of rows in other places, some of them nowhere",
    feed: {
      x: { ...numbers([5, 2]), as: ["rows", 2] },
      index: { dims: [3], data: [4, 0, 2], dtype: "int32", as: ["places"] },
      back: { dims: [5], data: [1, 0, 2, 0, 0], dtype: "int32", as: ["rows"] },
    },
    build: ({ x, index, back }) => bent(ops.rearrange(x!, { index: index!, back: back! })),
  },
  {
    name: "of rows in other places, of extents that are known",
    feed: {
      x: numbers([2, 3]),
      index: { dims: [2], data: [1, 0], dtype: "int64" },
      back: { dims: [2], data: [1, 0], dtype: "int64" },
    },
    build: ({ x, index, back }) => bent(ops.rearrange(x!, { index: index!, back: back! })),
  },
  {
    name: "of rows that also fill up what does not count",
    feed: {
      x: numbers([2, 2]),
      index: { dims: [4], data: [0, 1, 0, 0], dtype: "int32" },
      back: { dims: [2], data: [0, 1], dtype: "int32" },
    },
    build: ({ x, index, back }) =>
      bent(ops.slice(ops.rearrange(x!, { index: index!, back: back! }), {
        axis: 0,
        start: 0,
        end: 2,
      })),
  },
  {
    name: "of one entry per row",
    feed: { x: table, index: indices([3, 1], 2) },
    build: ({ x, index }) => bent(ops.gatherElements(x!, index!, 1)),
  },
  {
    name: "of more entries per column than there are",
    feed: { x: table, index: indices([5, 2], 3, "int32") },
    build: ({ x, index }) => bent(ops.gatherElements(x!, index!, 0)),
  },
  {
    name: "of what is added by index, and of what it is added to",
    feed: { x: table, index: indices([4, 2], 3), updates: numbers([4, 2], 9) },
    build: ({ x, index, updates }) =>
      bent(ops.scatterAdd(x!, { index: index!, updates: updates!, axis: 0 })),
  },
  {
    name: "of the largest",
    feed: { x: numbers([2, 5]) },
    build: ({ x }) => bent(ops.largest(x!, 3)),
  },
]);

Deno.test("a table that is also multiplied with gets its rows added into that gradient", () => {
  const graph = new Graph("tied");
  const table = graph.input("table", "float32", [8, 4]);
  const rows = ops.gather(table, graph.input("ids", "int32", [16]));
  const logits = ops.gemm(rows, table, { transposeB: true });
  const loss = ops.mul(logits, graph.input("weights", "float32", [16, 8]));
  const before = graph.nodes.length;
  gradients(loss, [table]);
  const made = graph.nodes.slice(before).map(({ op }) => op);
  assert.equal(made.filter((op) => op === "ScatterElements").length, 1);
  assert.ok(!made.includes("Add"), made.join());
  assert.equal(made.at(-1), "ScatterElements");
});

Deno.test("indices keep their element type", () => {
  const graph = new Graph("indices");
  const table = graph.input("table", "float32", [8, 4]);
  gradients(ops.gather(table, graph.input("ids", "int32", [16])), [table]);
  const { inputs } = graph.nodes.at(-1)!;
  assert.equal(inputs[1]!.dtype, "int32");
});

Deno.test("many rows of few entries add up right, and the same on two threads every time", async () => {
  const [rows, count, width] = [4096, 5, 16];
  const graph = new Graph("embedding");
  const table = graph.input("table", "float32", [count, width]);
  const index = graph.input("index", "int32", [rows]);
  const weights = graph.input("weights", "float32", [rows, width]);
  const [gradient] = gradients(ops.mul(ops.gather(table, index), weights), [table]);
  graph.output("d", gradient!);
  const ids = Int32Array.from({ length: rows }, (_, i) => (i * i + 3 * i) % count);
  const weighed = Float32Array.from(numbers([rows, width]).data);
  const session = await InferenceSession.create(serialize(graph), {
    intraOpNumThreads: 2,
    logSeverityLevel: 4,
  });
  const run = async () => {
    const { d } = await session.run({
      index: new Tensor("int32", ids, [rows]),
      weights: new Tensor("float32", weighed, [rows, width]),
      table: new Tensor("float32", new Float32Array(count * width), [count, width]),
    });
    return d!.data as Float32Array;
  };
  const found = await run();
  const expected = new Float64Array(count * width);
  weighed.forEach((x, i) => {
    expected[ids[Math.floor(i / width)]! * width + i % width]! += x;
  });
  expected.forEach((sum, i) => assert.ok(Math.abs(sum - found[i]!) < 1e-3, `${found[i]}: ${sum}`));
  for (let again = 0; again < 5; again++) assert.deepEqual(await run(), found);
  await session.release();
});

Deno.test("rows in other places take their gradient from there, with nothing added up", async () => {
  const graph = new Graph("rearranged");
  const x = graph.input("x", "float32", [2, 1]);
  const index = graph.input("index", "int32", [3]);
  const back = graph.input("back", "int32", [2]);
  const weights = graph.input("weights", "float32", [3, 1]);
  const loss = ops.mul(ops.rearrange(x, { index, back }), weights);
  const [gradient] = gradients(loss, [x]);
  graph.output("d", gradient!);
  graph.output("loss", loss);
  assert.ok(graph.nodes.every(({ op }) => op !== "ScatterElements"));
  const { d } = await runGraph(graph, {
    x: plain([[1], [2]]),
    index: plain([1, 0, 0], "int32"),
    back: plain([1, 0], "int32"),
    weights: plain([[3], [5], [7]]), // the last is of a row that fills up
  });
  assert.deepEqual(d!.data, [5, 3]);
});

Deno.test("what puts numbers in place of others is refused", () => {
  refuses(
    (graph) => {
      const x = graph.input("x", "float32", [4]);
      const index = graph.input("i", "int64", [2]);
      const updates = graph.input("u", "float32", [2]);
      const attributes = { axis: { int: 0 } };
      gradients(apply("ScatterElements", [x, index, updates], { attributes }), [x]);
    },
    "Cannot differentiate ScatterElements that makes %0 as it puts numbers in place of others: received float32[4], int64[2], float32[2]",
  );
});
