import assert from "node:assert/strict";
import { activation, type ActivationName, activationNames } from "../../src/layers/activation.ts";
import { Graph } from "../../src/onnx/graph.ts";
import golden from "../golden/activations.json" with { type: "json" };
import { assertNear, runGraph } from "../onnx/run_graph.ts";

const outputs: Readonly<Record<string, readonly number[]>> = golden.outputs;

Deno.test("every activation gives the numbers of transformers", async () => {
  const graph = new Graph("activations");
  const x = graph.input("x", "float32", ["tokens"]);
  for (const name of activationNames) graph.output(name, activation(name, x));
  const dims = [golden.inputs.length];
  const found = await runGraph(graph, { x: { dims, data: golden.inputs } });
  for (const name of activationNames) {
    // gelu_fast and its like write the same formula with another number of digits.
    assertNear(found[name]!, { dims, data: outputs[name]! }, { tolerance: 2e-6, what: name });
  }
});

Deno.test("every activation has golden numbers, and the other way round", () => {
  assert.deepEqual([...activationNames].toSorted(), Object.keys(outputs).toSorted());
});

Deno.test("an activation keeps type and shape", () => {
  const x = new Graph("case").input("x", "float16", ["tokens", 8]);
  for (const name of activationNames as ActivationName[]) {
    const y = activation(name, x);
    assert.equal(y.dtype, "float16");
    assert.deepEqual(y.shape, ["tokens", 8]);
  }
});
