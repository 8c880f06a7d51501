import assert from "node:assert/strict";
import { check, findings } from "../../src/onnx/check.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { neededValues, prune } from "../../src/onnx/needed.ts";
import { add, choose, greater, mul, neg, reduceSum } from "../../src/onnx/ops.ts";

Deno.test("what no output depends on is dropped, and the rest computes as before", () => {
  const graph = new Graph("partial");
  const [x, idle] = [graph.input("x", "float32", [2]), graph.input("idle", "float32", [2])];
  const kept = mul(x, 2);
  neg(add(kept, idle)); // two nodes that lead nowhere
  graph.output("y", kept);
  assert.ok(findings(graph).length > 0);
  prune(graph);
  check(graph);
  assert.deepEqual(graph.inputs.map(({ label }) => label), ["x"]);
  assert.deepEqual(graph.nodes.map(({ op }) => op), ["Mul"]);
  assert.equal(graph.outputs.get("y"), kept);
});

Deno.test("what a branch reads of the graph around it is needed", () => {
  const graph = new Graph("branching");
  const x = graph.input("x", "float32", [2]);
  const doubled = mul(x, 2);
  const y = choose(greater(reduceSum(x, [0]), 0), {
    then: (bring) => neg(bring(doubled)),
    otherwise: (bring) => add(bring(doubled), 1),
  });
  graph.output("y", y);
  assert.ok(neededValues(graph).has(doubled));
  const before = graph.nodes.length;
  prune(graph);
  check(graph);
  assert.equal(graph.nodes.length, before);
});
