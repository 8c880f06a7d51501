import assert from "node:assert/strict";
import { fedWeights } from "../../src/layers/fed_weights.ts";
import { linear, type LinearShape, type OutputRange } from "../../src/layers/linear.ts";
import { Parameters } from "../../src/layers/parameters.ts";
import { gradients } from "../../src/onnx/gradient.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { assertNear, plain, runGraph } from "../onnx/run_graph.ts";
import { storedParameters } from "./stored_parameters.ts";

const weight = [[1, 2, 3], [-1, 0, 2], [4, -2, 1], [0, 3, -3], [2, 2, 5], [-4, 1, 0]]; // [outputs, inputs]
const bias = [10, -10, 20, -20, 30, -30];
const x = [[1, 1, 1], [0, 2, -1]];
const products = x.map((row) =>
  weight.map((column) => column.reduce((sum, each, i) => sum + each * row[i]!, 0))
);
const transposed = [0, 1, 2].flatMap((input) => weight.map((row) => row[input]!));
const stored = {
  "out-in": { name: "part.weight", shape: [6, 3], data: weight.flat() },
  "in-out": { name: "part.weight", shape: [3, 6], data: transposed },
} as const;
const shift = { name: "part.bias", shape: [6], data: bias };

/** Parts of fused projections, and the outputs that each of them is. */
const ranges: readonly { name: string; range?: OutputRange; outputs: readonly number[] }[] = [
  { name: "all outputs", outputs: [0, 1, 2, 3, 4, 5] },
  { name: "the first of three parts", range: { of: 6, start: 0 }, outputs: [0, 1] },
  { name: "the last of three parts", range: { of: 6, start: 4 }, outputs: [4, 5] },
  { name: "the second of every three", range: { of: 6, start: 1, every: 3 }, outputs: [1, 4] },
  {
    name: "the first two of every three",
    range: { of: 6, start: 0, every: 3 },
    outputs: [0, 1, 3, 4],
  },
];

const layouts = ["out-in", "in-out"] as const;

for (const layout of layouts) {
  for (const { name, range, outputs } of ranges) {
    for (const biased of [true, false]) {
      Deno.test(`${name}, stored ${layout}, ${biased ? "with" : "without"} a bias`, async () => {
        const graph = new Graph("linear");
        const tensors = biased ? [stored[layout], shift] : [stored[layout]];
        await using checkpoint = await storedParameters(graph, tensors);
        const input = graph.input("x", "float32", ["tokens", 3]);
        const shape = { inputs: 3, outputs: outputs.length, bias: biased, layout };
        const whole: LinearShape = range === undefined ? shape : { ...shape, range };
        const output = linear(input, checkpoint.parameters.at("part"), whole);
        assert.deepEqual(output.shape, ["tokens", outputs.length]);
        graph.output("y", output);
        const { y } = await runGraph(graph, { x: plain(x) });
        const expected = products.map((row) =>
          outputs.map((each) => biased ? row[each]! + bias[each]! : row[each]!)
        );
        assertNear(y!, plain(expected));
        assert.doesNotThrow(() => checkpoint.ledger.settle(), "every tensor is accounted for");
      });
    }
  }

  Deno.test(`a weight that is not stored ${layout} is a bad model`, async () => {
    const graph = new Graph("linear");
    const other = stored[layout === "out-in" ? "in-out" : "out-in"];
    await using checkpoint = await storedParameters(graph, [other]);
    const input = graph.input("x", "float32", ["tokens", 3]);
    const shape = { inputs: 3, outputs: 6, bias: false, layout };
    assert.throws(() => linear(input, checkpoint.parameters.at("part"), shape), {
      kind: "bad_model",
      message: /must have the shape/,
    });
  });
}

Deno.test("a part of a fused projection has a gradient by its own weights only", async () => {
  for (const layout of layouts) {
    const graph = new Graph("linear");
    const weights = fedWeights(graph);
    const at = new Parameters(weights).at("part");
    const input = graph.input("x", "float32", [2, 3]);
    const part = (start: number) => {
      const range = { of: 6, start, every: 2 };
      return linear(input, at, { inputs: 3, outputs: 3, bias: true, layout, range });
    };
    const odd = part(1);
    graph.output("even", part(0));
    graph.output("odd", odd);
    const [byWeight, byBias] = gradients(odd, [...weights.taken.values()]);
    graph.output("by weight", byWeight!);
    graph.output("by bias", byBias!);
    const { shape, data } = stored[layout];
    const found = await runGraph(graph, {
      "x": plain(x),
      "part.weight": { dims: shape, data },
      "part.bias": plain(bias),
    });
    // The sum of the odd outputs depends on their weights as on the sums of the inputs: 1, 3, 0.
    const perOutput = weight.map((_, output) => output % 2 === 0 ? [0, 0, 0] : [1, 3, 0]);
    const expected = layout === "out-in"
      ? perOutput
      : [0, 1, 2].map((each) => perOutput.map((row) => row[each]!));
    assertNear(found["by weight"]!, plain(expected));
    assertNear(found["by bias"]!, plain([0, 2, 0, 2, 0, 2]));
    const columns = (wanted: readonly number[]) =>
      plain(products.map((row) => wanted.map((each) => row[each]! + bias[each]!)));
    assertNear(found["even"]!, columns([0, 2, 4]));
    assertNear(found["odd"]!, columns([1, 3, 5]));
  }
});

Deno.test("a range that does not hold the outputs is refused", () => {
  const graph = new Graph("linear");
  const at = new Parameters(fedWeights(graph)).at("part");
  const input = graph.input("x", "float32", ["tokens", 3]);
  for (
    const range of [
      { of: 6, start: 5 },
      { of: 6, start: -1 },
      { of: 6, start: 0.5 },
      { of: 6, start: 0, every: 4 },
      { of: 6, start: 3, every: 3 },
    ]
  ) {
    assert.throws(() => linear(input, at, { inputs: 3, outputs: 2, bias: false, range }), {
      name: "RangeError",
      message: /Cannot take 2 outputs out of this range: received \{"of":6/,
    });
  }
});

Deno.test("a bias that is missing is a bad model", async () => {
  const graph = new Graph("linear");
  await using checkpoint = await storedParameters(graph, [stored["out-in"]]);
  const input = graph.input("x", "float32", ["tokens", 3]);
  assert.throws(
    () => linear(input, checkpoint.parameters.at("part"), { inputs: 3, outputs: 6, bias: true }),
    { kind: "bad_model", message: /part\.bias.*is missing/ },
  );
});
