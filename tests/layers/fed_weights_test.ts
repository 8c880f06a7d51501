import assert from "node:assert/strict";
import { fedWeights } from "../../src/layers/fed_weights.ts";
import { linear } from "../../src/layers/linear.ts";
import { Parameters } from "../../src/layers/parameters.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { add, loop } from "../../src/onnx/ops.ts";
import { describe } from "../../src/onnx/value.ts";
import { assertNear, plain, runGraph } from "../onnx/run_graph.ts";

Deno.test("a weight that is taken is an input of its name, and listed in its turn", () => {
  const graph = new Graph("case");
  const weights = fedWeights(graph);
  const at = new Parameters(weights).at("model");
  assert.ok(at.has("whatever"), "whatever is asked for will be fed");
  assert.equal(weights.taken.size, 0);
  const norm = at.at("norm").take("weight", [4]);
  const head = at.take("head", [2, 4]);
  assert.deepEqual([...weights.taken], [["model.norm.weight", norm], ["model.head", head]]);
  assert.deepEqual(graph.inputs, [norm, head]);
  assert.equal(describe(head), "float32[2, 4]");
});

Deno.test("tied weights are one input", () => {
  const graph = new Graph("case");
  const weights = fedWeights(graph);
  const first = weights.take("table", [3, 2]);
  assert.equal(weights.take("table", [3, 2]), first);
  assert.equal(graph.inputs.length, 1);
  assert.throws(() => weights.take("table", [2, 3]), {
    name: "TypeError",
    message: 'Cannot take "table" as [2, 3] as it was taken before: received float32[3, 2]',
  });
});

Deno.test("a layer over fed weights computes with what is fed, in a loop too", async () => {
  const graph = new Graph("case");
  const at = new Parameters(fedWeights(graph));
  const x = graph.input("x", "float32", [1, 2]);
  const shape = { inputs: 2, outputs: 2, bias: true };
  graph.output("y", linear(x, at.at("layer"), shape));
  const turns = graph.input("turns", "int64", []);
  const [rows] = loop(turns, "body", () => {
    const bias = at.at("layer").take("bias", [2]);
    return [add(bias, at.take("inside", [2]))];
  });
  graph.output("rows", rows!);
  const found = await runGraph(graph, {
    "x": plain([[1, 10]]),
    "turns": { dims: [], data: [2], dtype: "int64" },
    "layer.weight": plain([[1, 2], [3, 4]]),
    "layer.bias": plain([0.5, -0.5]),
    "inside": plain([7, 8]),
  });
  assertNear(found["y"]!, plain([[21.5, 42.5]]));
  assertNear(found["rows"]!, plain([[7.5, 7.5], [7.5, 7.5]]));
});
