import * as ops from "../../../src/onnx/ops.ts";
import { gradients } from "../../../src/onnx/gradient.ts";
import { numbers, positives, testGradients } from "../../support/finite_differences.ts";
import { refuses } from "../operator_case.ts";

/** Far from rows that are all alike, where a normalisation bends too much for finite differences. */
const rows = { dims: [3, 4], data: numbers([3, 4]).data.map((x, i) => 2 * x + i % 4) };
const [weight, bias] = [positives([4], 2), numbers([4], 6)];
const epsilon = 0.01;

testGradients([
  { name: "of the softmax", feed: { x: rows }, build: ({ x }) => ops.softmax(x!) },
  {
    name: "of the softmax of a masked row",
    feed: { x: numbers([2, 3]) },
    build: ({ x }, graph) => {
      const mask = graph.constant({ dtype: "float32", shape: [3], data: [0, -1e30, 0] });
      return ops.softmax(ops.add(x!, mask));
    },
  },
  {
    name: "of a layer normalisation",
    feed: { x: rows, weight, bias },
    build: ({ x, weight, bias }) => ops.layerNormalization(x!, weight!, { bias, epsilon }),
  },
  {
    name: "of a layer normalisation without bias, of named extents",
    feed: {
      x: { dims: [1, 3, 4], data: rows.data, as: ["batch", "length", 4] },
      weight,
    },
    build: ({ x, weight }) => ops.layerNormalization(x!, weight!, { epsilon }),
  },
  {
    name: "of a layer normalisation of one row, as wide as a name says",
    feed: {
      x: { dims: [4], data: rows.data.slice(0, 4), as: ["n"] },
      weight: { ...weight, as: ["n"] },
    },
    build: ({ x, weight }) => ops.layerNormalization(x!, weight!, { epsilon }),
  },
  {
    name: "of a root mean square normalisation",
    feed: { x: rows, weight },
    build: ({ x, weight }) => ops.rmsNormalization(x!, weight!, epsilon),
  },
  {
    name: "of a root mean square normalisation of stacks",
    feed: { x: { dims: [3, 1, 4], data: rows.data, as: ["batch", 1, 4] }, weight },
    build: ({ x, weight }) => ops.rmsNormalization(x!, weight!, epsilon),
  },
]);

Deno.test("a second derivative through a normalisation's statistics is refused", () => {
  refuses(
    (graph) => {
      const x = graph.input("x", "float32", [3, 4]);
      const weight = graph.input("w", "float32", [4]);
      const [first] = gradients(ops.exp(ops.layerNormalization(x, weight, { epsilon })), [x]);
      gradients(first!, [x]);
    },
    "Cannot differentiate LayerNormalization that makes %5, %6, %7 as its statistics have no derivative here: received float32[3, 4], float32[4]",
  );
});
