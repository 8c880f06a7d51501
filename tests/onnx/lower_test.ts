import assert from "node:assert/strict";
import { Graph } from "../../src/onnx/graph.ts";
import { lower } from "../../src/onnx/lower.ts";
import { exp, rearrange, reduceLogSumExp, reduceMax } from "../../src/onnx/ops.ts";
import type { Value } from "../../src/onnx/value.ts";
import { plain, runGraph } from "./run_graph.ts";

/** What the last node of a graph over `x` float32[2, 3] becomes. */
function lowered(build: (x: Value) => unknown) {
  const graph = new Graph("case");
  build(graph.input("x", "float32", [2, 3]));
  return lower(graph.nodes.at(-1)!, ["x", "axes"], "y");
}

Deno.test("log sum exp over the last axis becomes operators that are quicker, named after its output", () => {
  for (const axis of [-1, 1]) {
    const nodes = lowered((x) => reduceLogSumExp(x, [axis]))!;
    assert.deepEqual(nodes.map(({ op }) => op), [
      "Softmax",
      "ReduceMax",
      "Log",
      "ReduceMax",
      "Sub",
    ]);
    assert.equal(nodes.at(-1)!.output, "y");
    const made = new Set(["x", "axes"]);
    for (const { inputs, output } of nodes) {
      for (const name of inputs) assert.ok(made.has(name), `${name} is made before it is used`);
      assert.ok(!made.has(output), `${output} is made once`);
      made.add(output);
    }
  }
});

Deno.test("rows in other places are gathered: where they went is for gradients only", () => {
  const graph = new Graph("case");
  const list = graph.input("list", "int32", [2]);
  rearrange(graph.input("x", "float32", [2, 3]), { index: list, back: list });
  const [node, ...more] = lower(graph.nodes.at(-1)!, ["x", "index", "back"], "y")!;
  assert.deepEqual(more, []);
  assert.equal(node!.op, "Gather");
  assert.deepEqual(node!.inputs, ["x", "index"]);
  assert.deepEqual(node!.ints, { axis: 0 });
  assert.equal(node!.output, "y");
});

Deno.test("over other axes, and as every other operator, a node stays as it is", () => {
  assert.equal(lowered((x) => reduceLogSumExp(x, [0])), undefined);
  assert.equal(lowered((x) => reduceLogSumExp(x, [0, 1])), undefined);
  assert.equal(lowered((x) => reduceMax(x, [1])), undefined);
  assert.equal(lowered((x) => exp(x)), undefined);
});

const rows = [[1, 2, 3], [-500, 500, 0], [-1000, -1001, -1002], [7, 7, 7]];

/** In double precision, with the largest taken out. */
function expected(row: readonly number[]): number {
  const top = Math.max(...row);
  return top + Math.log(row.reduce((sum, each) => sum + Math.exp(each - top), 0));
}

for (const keep of [false, true]) {
  Deno.test(`lowered or not, it has the numbers and the shape of log sum exp (${keep ? "axes kept" : "axes dropped"})`, async () => {
    const graph = new Graph("case");
    const x = graph.input("x", "float32", [4, 3]);
    graph.output("quick", reduceLogSumExp(x, [-1], { keep }));
    graph.output("other", reduceLogSumExp(x, [0], { keep }));
    const { quick, other } = await runGraph(graph, { x: plain(rows) });
    assert.deepEqual(quick!.dims, keep ? [4, 1] : [4]);
    rows.map(expected).forEach((wanted, i) => {
      const gap = Math.abs(quick!.data[i]! - wanted);
      assert.ok(
        gap <= 2e-7 * Math.max(1, Math.abs(wanted)),
        `row ${i}: ${quick!.data[i]}, ${wanted}`,
      );
    });
    const columns = [0, 1, 2].map((i) => expected(rows.map((row) => row[i]!)));
    assert.deepEqual(other!.dims, keep ? [1, 3] : [3]);
    columns.forEach((wanted, i) => assert.ok(Math.abs(other!.data[i]! - wanted) < 1e-3));
  });
}
