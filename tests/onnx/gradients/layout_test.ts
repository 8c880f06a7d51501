import assert from "node:assert/strict";
import { gradients } from "../../../src/onnx/gradient.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import * as ops from "../../../src/onnx/ops.ts";
import { apply } from "../../../src/onnx/ops/apply.ts";
import type { Value } from "../../../src/onnx/value.ts";
import { numbers, testGradients } from "../../support/finite_differences.ts";
import { refuses } from "../operator_case.ts";
import { runGraph } from "../run_graph.ts";

const cube = numbers([2, 3, 4]);
const named = { ...cube, as: ["batch", "length", 4] };
const size = (name: string, x: Value, axis: number) => ({
  name,
  value: ops.slice(ops.shapeOf(x), { axis: 0, start: axis, end: axis + 1 }),
});
/** So that the gradient that arrives is not only a number. */
const bent = (x: Value) => ops.mul(x, x);

testGradients([
  { name: "of the same", feed: { x: cube }, build: ({ x }, graph) => graph.pass(x!) },
  { name: "of another shape", feed: { x: cube }, build: ({ x }) => ops.reshape(x!, [6, 4]) },
  {
    name: "of another shape, one extent a name",
    feed: { x: { ...cube, as: ["batch", 3, 4] } },
    build: ({ x }) => bent(ops.reshape(x!, [{ rest: "rows" }, 4])),
  },
  {
    name: "of another shape, two extents names",
    feed: { x: named },
    build: ({ x }) => bent(ops.reshape(x!, [{ rest: "batch*length" }, 4])),
  },
  {
    name: "of a repetition",
    feed: { x: numbers([3, 1]) },
    build: ({ x }) => bent(ops.expand(x!, [2, 3, 4])),
  },
  {
    name: "of a repetition as often as the runtime says",
    feed: { x: numbers([1, 3]), like: { ...numbers([4, 2]), as: ["rows", 2] } },
    wrt: ["x"],
    build: ({ x, like }) =>
      ops.add(
        ops.reduceSum(ops.expand(x!, [size("rows", like!, 0), 3]), [1], { keep: true }),
        ops.reduceSum(like!, [1], { keep: true }),
      ),
  },
  {
    name: "of a transposition",
    feed: { x: cube },
    build: ({ x }) => bent(ops.transpose(x!, [2, 0, 1])),
  },
  {
    name: "of pads",
    feed: { x: numbers([2, 3]) },
    build: ({ x }) => bent(ops.pad(x!, { before: [1, 0], after: [0, 2], fill: 3 })),
  },
  {
    name: "of pads as wide as the runtime says, of names",
    feed: {
      x: { ...numbers([2, 3]), as: ["n", "m"] },
      width: { dims: [], data: [2], dtype: "int64" },
    },
    build: ({ x, width }) =>
      bent(ops.pad(x!, {
        before: [0, { name: "width", value: width! }],
        after: [1, 0],
        declared: ["p", "q"],
      })),
  },
  {
    name: "of running sums",
    feed: { x: numbers([2, 4]) },
    build: ({ x }) => bent(ops.cumulativeSum(x!, 1)),
  },
  {
    name: "of running sums from the other end, without their own term",
    feed: { x: numbers([4, 2]) },
    build: ({ x }, graph) => {
      const attributes = { reverse: { int: 1 }, exclusive: { int: 1 } };
      return bent(apply("CumSum", [x!, graph.scalar("int64", 0)], { attributes }));
    },
  },
]);

Deno.test("pads that take something away are refused", () => {
  refuses(
    (graph) => {
      const x = graph.input("x", "float32", ["n"]);
      gradients(ops.pad(x, { before: [2], after: [-1], declared: ["m"] }), [x]);
    },
    "Cannot differentiate Pad that makes %2 as a width below 0 takes entries away: received float32[n], int64[2], float32[]",
  );
});

Deno.test("casts between floating-point numbers let gradients through, others end them", async () => {
  const graph = new Graph("cast");
  const x = graph.input("x", "float32", [2]);
  const half = ops.cast(ops.mul(x, 3), "float16");
  const loss = ops.add(
    ops.cast(ops.mul(half, 2), "float32"),
    ops.cast(ops.cast(x, "int32"), "float32"),
  );
  const [gradient] = gradients(loss, [x]);
  graph.output("d", gradient!);
  graph.output("loss", loss);
  const { d } = await runGraph(graph, { x: { dims: [2], data: [1.5, -2.5] } });
  assert.deepEqual(d, { dims: [2], data: [6, 6], dtype: "float32" });
});
