import * as ops from "../../../src/onnx/ops/activations.ts";
import { refuses, testOperators } from "../operator_case.ts";

const inputs = [-4, -1, -0.1, 0, 0.3, 1, 4];
const tokens = { dims: [7], data: inputs, as: ["tokens"] };

testOperators([
  {
    name: "tanh is the hyperbolic tangent",
    feed: { x: tokens },
    build: ({ x }) => ops.tanh(x!),
    declares: "float32[tokens]",
    gives: inputs.map(Math.tanh),
  },
  {
    name: "sigmoid is the logistic function",
    feed: { x: tokens },
    build: ({ x }) => ops.sigmoid(x!),
    declares: "float32[tokens]",
    gives: inputs.map((x) => 1 / (1 + Math.exp(-x))),
  },
  {
    name: "relu cuts at zero",
    feed: { x: tokens },
    build: ({ x }) => ops.relu(x!),
    declares: "float32[tokens]",
    gives: inputs.map((x) => Math.max(x, 0)),
  },
  {
    name: "gelu follows the tanh formula where asked to",
    feed: { x: tokens },
    build: ({ x }) => ops.gelu(x!, "tanh"),
    declares: "float32[tokens]",
    gives: inputs.map((x) =>
      0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
    ),
  },
  {
    name: "gelu is exact otherwise",
    feed: { x: [-1, 0, 1, 2] },
    build: ({ x }) => ops.gelu(x!, "none"),
    declares: "float32[4]",
    gives: [-0.15865525, 0, 0.84134475, 1.95449974], // x times the normal distribution's cdf
  },
  {
    name: "softmax goes over the last axis",
    feed: { x: [[[0, 1, 2], [5, 5, 5]], [[-1000, 0, 1000], [-1e30, 3, -1e30]]] },
    build: ({ x }) => ops.softmax(x!),
    declares: "float32[2, 2, 3]",
    gives: [[
      [0.09003057, 0.24472848, 0.66524094],
      [1 / 3, 1 / 3, 1 / 3],
    ], [
      [0, 0, 1],
      [0, 1, 0],
    ]],
  },
]);

Deno.test("softmax refuses integers", () => {
  refuses(
    (graph) => ops.softmax(graph.input("x", "int32", ["tokens", 2])),
    "Cannot apply Softmax as its input 0 must be of floating-point numbers: received int32[tokens, 2]",
  );
});
