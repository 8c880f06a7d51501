import { plainMlp } from "../../src/architectures/plain_mlp.ts";
import { fedWeights } from "../../src/layers/fed_weights.ts";
import { Parameters } from "../../src/layers/parameters.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { assertNear, plain, runGraph } from "../onnx/run_graph.ts";

const family = { up: "in", down: "out", hidden: 2, inner: 3, act: "relu" } as const;

Deno.test("a plain MLP goes up, is activated, and comes down", async () => {
  const graph = new Graph("case");
  const at = new Parameters(fedWeights(graph)).at("mlp");
  graph.output("y", plainMlp(graph.input("x", "float32", [1, 2]), at, family));
  const { y } = await runGraph(graph, {
    "x": plain([[1, 2]]),
    "mlp.in.weight": plain([[1, 0], [-1, 0], [0, 1]]),
    "mlp.in.bias": plain([1, 0, 0]),
    "mlp.out.weight": plain([[1, 1, 1], [0, 5, 1]]),
    "mlp.out.bias": plain([0, 1]),
  });
  assertNear(y!, plain([[4, 3]])); // 2, 0 and 2 within
});

Deno.test("its weights may be stored as GPT-2's are, and it may have no biases", async () => {
  const graph = new Graph("case");
  const at = new Parameters(fedWeights(graph)).at("mlp");
  const x = graph.input("x", "float32", [1, 2]);
  graph.output("y", plainMlp(x, at, { ...family, bias: false, layout: "in-out" }));
  const { y } = await runGraph(graph, {
    "x": plain([[1, 2]]),
    "mlp.in.weight": plain([[1, -1, 0], [0, 0, 1]]),
    "mlp.out.weight": plain([[1, 0], [1, 5], [1, 1]]),
  });
  assertNear(y!, plain([[3, 2]]));
});
