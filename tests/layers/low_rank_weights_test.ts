import assert from "node:assert/strict";
import { fedWeights } from "../../src/layers/fed_weights.ts";
import { lowRankWeights } from "../../src/layers/low_rank_weights.ts";
import { gradients } from "../../src/onnx/gradient.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { assertNear, plain, runGraph } from "../onnx/run_graph.ts";

/** A layer "part" of two inputs and two outputs with factors of rank 1 that are fed. */
function adapted(graph: Graph) {
  const fed = fedWeights(graph);
  const factors = {
    down: fed.take("A", [1, 2]),
    up: fed.take("B", [2, 1]),
    scale: 0.5,
  };
  const source = lowRankWeights(fed, (name) => name === "part" ? factors : undefined);
  return { fed, factors, source };
}

const shape = { inputs: 2, outputs: 2, bias: false };

Deno.test("a layer without factors is the one of the other source", () => {
  const graph = new Graph("case");
  const { source } = adapted(graph);
  const x = graph.input("x", "float32", ["rows", 2]);
  source.linear(x, "other", shape);
  assert.deepEqual(graph.nodes.map(({ op }) => op), ["Gemm"]);
});

Deno.test("factors that are fed have gradients, and the frozen weight needs none", async () => {
  const graph = new Graph("case");
  const { source, factors } = adapted(graph);
  const x = graph.input("x", "float32", ["rows", 2]);
  const y = source.linear(x, "part", shape);
  const [ofA, ofB] = gradients(y, [factors.down, factors.up]);
  graph.output("y", y);
  graph.output("A'", ofA!);
  graph.output("B'", ofB!);
  const found = await runGraph(graph, {
    "x": plain([[1, 2], [3, 5]]),
    "part.weight": plain([[1, 0], [0, 1]]),
    "A": plain([[2, -1]]),
    "B": plain([[4], [6]]),
  });
  // x A.T is 0 and 1; half of that times B is added to x.
  assertNear(found["y"]!, plain([[1, 2], [5, 8]]));
  // Of the sum of y: 0.5 * sum of B * sum of the rows of x, and 0.5 * sum of x A.T.
  assertNear(found["A'"]!, plain([[20, 35]]));
  assertNear(found["B'"]!, plain([[0.5], [0.5]]));
});
