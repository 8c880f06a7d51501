import assert from "node:assert/strict";
import { conv1d, linear } from "../../src/layers/linear.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { assertNear, plain, runGraph } from "../onnx/run_graph.ts";
import { storedParameters } from "./stored_parameters.ts";

const weight = [[1, 2, 3], [-1, 0, 2]]; // [outputs, inputs]
const bias = [10, -10];
const x = [[1, 1, 1], [0, 2, -1]];
const products = x.map((row) =>
  weight.map((column) => column.reduce((sum, each, i) => sum + each * row[i]!, 0))
);
const torch = { name: "part.weight", shape: [2, 3], data: weight.flat() };
const gpt2 = { name: "part.weight", shape: [3, 2], data: [1, -1, 2, 0, 3, 2] }; // [inputs, outputs]
const shift = { name: "part.bias", shape: [2], data: bias };

for (
  const [name, layer, tensor] of [["linear", linear, torch], ["conv1d", conv1d, gpt2]] as const
) {
  for (const biased of [true, false]) {
    Deno.test(`${name} multiplies as its checkpoints store it, ${biased ? "with" : "without"} a bias`, async () => {
      const graph = new Graph(name);
      await using stored = await storedParameters(graph, biased ? [tensor, shift] : [tensor]);
      const input = graph.input("x", "float32", ["tokens", 3]);
      const shape = { inputs: 3, outputs: 2, bias: biased };
      const output = layer(input, stored.parameters.at("part"), shape);
      assert.deepEqual(output.shape, ["tokens", 2]);
      graph.output("y", output);
      const { y } = await runGraph(graph, { x: plain(x) });
      const expected = products.map((row) => row.map((each, i) => biased ? each + bias[i]! : each));
      assertNear(y!, plain(expected));
      assert.doesNotThrow(() => stored.ledger.settle(), "every tensor is accounted for");
    });
  }

  Deno.test(`${name} refuses a weight that is stored the other way round`, async () => {
    const graph = new Graph(name);
    const other = tensor === torch ? gpt2 : torch;
    await using stored = await storedParameters(graph, [other]);
    const input = graph.input("x", "float32", ["tokens", 3]);
    const shape = { inputs: 3, outputs: 2, bias: false };
    assert.throws(() => layer(input, stored.parameters.at("part"), shape), {
      kind: "bad_model",
      message: /must have the shape/,
    });
  });
}

Deno.test("a bias that is expected and not there is a bad model", async () => {
  const graph = new Graph("linear");
  await using stored = await storedParameters(graph, [torch]);
  const input = graph.input("x", "float32", ["tokens", 3]);
  assert.throws(
    () => linear(input, stored.parameters.at("part"), { inputs: 3, outputs: 2, bias: true }),
    { kind: "bad_model", message: /part\.bias.*is missing/ },
  );
});
