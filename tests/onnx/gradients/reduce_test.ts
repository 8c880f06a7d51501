import assert from "node:assert/strict";
import { gradients } from "../../../src/onnx/gradient.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import * as ops from "../../../src/onnx/ops.ts";
import type { Value } from "../../../src/onnx/value.ts";
import { numbers, testGradients } from "../../support/finite_differences.ts";
import { runGraph } from "../run_graph.ts";

const cube = numbers([2, 3, 4]);
const bent = (x: Value) => ops.mul(x, x);
const reductions = {
  sum: ops.reduceSum,
  mean: ops.reduceMean,
  largest: ops.reduceMax,
  smallest: ops.reduceMin,
  "log of the sum of exponentials": ops.reduceLogSumExp,
};

testGradients(
  Object.entries(reductions).flatMap(([name, reduce]) => [
    {
      name: `of the ${name} over the last axis`,
      feed: { x: cube },
      build: ({ x }: Readonly<Record<string, Value>>) => bent(reduce(x!, [-1])),
    },
    {
      name: `of the ${name} over the last axis, which stays`,
      feed: { x: cube },
      build: ({ x }: Readonly<Record<string, Value>>) =>
        ops.mul(x!, reduce(x!, [-1], { keep: true })),
    },
    {
      name: `of the ${name} over several axes`,
      feed: { x: cube },
      build: ({ x }: Readonly<Record<string, Value>>) => bent(reduce(x!, [0, 2])),
    },
    {
      name: `of the ${name} over all axes`,
      feed: { x: cube },
      build: ({ x }: Readonly<Record<string, Value>>) => reduce(x!, [0, 1, 2]),
    },
    {
      name: `of the ${name} over an extent that is a name, next to others`,
      feed: { x: { ...cube, as: ["batch", "length", "width"] } },
      build: ({ x }: Readonly<Record<string, Value>>) => bent(reduce(x!, [1])),
    },
  ]),
);

Deno.test("of several that are largest, each gets the same share", async () => {
  const graph = new Graph("ties");
  const x = graph.input("x", "float32", [2, 3]);
  const loss = ops.reduceMax(x, [1]);
  const [gradient] = gradients(loss, [x]);
  graph.output("d", gradient!);
  graph.output("loss", loss);
  const { d } = await runGraph(graph, { x: { dims: [2, 3], data: [4, 1, 4, 2, 2, 2] } });
  const third = Math.fround(1 / 3);
  assert.deepEqual(d!.data, [0.5, 0, 0.5, third, third, third]);
});

Deno.test("what a sum gives to its terms is not repeated before somebody needs it", () => {
  const graph = new Graph("mean");
  const x = graph.input("x", "float32", [64, 32]);
  const loss = ops.reduceMean(ops.exp(x), [0, 1]);
  const before = graph.nodes.length;
  gradients(loss, [x]);
  assert.deepEqual(graph.nodes.slice(before).map(({ op }) => op), ["Mul"]);
});
