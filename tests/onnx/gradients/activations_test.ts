import * as ops from "../../../src/onnx/ops.ts";
import { gradients } from "../../../src/onnx/gradient.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { apply } from "../../../src/onnx/ops/apply.ts";
import { numbers, testGradients } from "../../support/finite_differences.ts";
import { refuses } from "../operator_case.ts";
import { assertNear, runGraph } from "../run_graph.ts";

const dims = [2, 3];
/** Both signs, none nearer to 0 than finite differences reach. */
const apart = { dims, data: [-1.2, -0.4, -0.1, 0.1, 0.7, 1.5] };
/** Where the slopes of gelu turn to 0 and 1. */
const far = { dims, data: [-6, -3.5, -2, 2, 3.5, 6] };

testGradients([
  { name: "of the hyperbolic tangent", feed: { x: numbers(dims) }, build: ({ x }) => ops.tanh(x!) },
  { name: "of the sigmoid", feed: { x: numbers(dims) }, build: ({ x }) => ops.sigmoid(x!) },
  { name: "of the rectifier", feed: { x: apart }, build: ({ x }) => ops.relu(x!) },
  { name: "of gelu", feed: { x: apart }, build: ({ x }) => ops.gelu(x!, "none") },
  { name: "of gelu by tanh", feed: { x: apart }, build: ({ x }) => ops.gelu(x!, "tanh") },
  { name: "of gelu, far out", feed: { x: far }, build: ({ x }) => ops.gelu(x!, "none") },
  { name: "of gelu by tanh, far out", feed: { x: far }, build: ({ x }) => ops.gelu(x!, "tanh") },
]);

Deno.test("a form of gelu that is not given by name is refused", () => {
  refuses(
    (graph) => {
      const x = graph.input("x", "float32", [2]);
      gradients(apply("Gelu", [x], { attributes: { approximate: { int: 1 } } }), [x]);
    },
    "Cannot differentiate Gelu that makes %0 as its attribute is no string: received float32[2]",
  );
});

Deno.test("slopes of gelu in half precision are 0 and 1 far out, where squares overflow", async () => {
  for (const form of ["none", "tanh"] as const) {
    const graph = new Graph(form);
    const x = ops.cast(graph.input("x", "float32", [3]), "float16");
    const y = ops.gelu(x, form);
    graph.output("y", y);
    graph.output("slope", gradients(y, [x])[0]!);
    const { slope } = await runGraph(graph, { x: { dims: [3], data: [-6e4, 300, 6e4] } });
    assertNear(slope!, { dims: [3], data: [0, 1, 1], dtype: "float16" });
  }
});
