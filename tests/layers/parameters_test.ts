import assert from "node:assert/strict";
import { Parameters } from "../../src/layers/parameters.ts";
import { storedWeights } from "../../src/layers/stored_weights.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { add, loop } from "../../src/onnx/ops.ts";
import type { TensorLedger } from "../../src/weights/checkpoint.ts";
import { assertNear, runGraph } from "../onnx/run_graph.ts";
import { storedParameters } from "./stored_parameters.ts";

/** A ledger that has every tensor and writes down what it was asked for. */
function recording(asked: string[]): TensorLedger {
  return {
    take: (name, shape) => {
      asked.push(`take ${name} [${shape}]`);
      const length = 4 * shape.reduce((product, dim) => product * dim, 1);
      return { name, dtype: "float32", shape, file: "/model.safetensors", offset: 0, length };
    },
    has: (name) => asked.push(`has ${name}`) > 0,
    ignore: () => {},
    settle: () => {},
  };
}

Deno.test("names are those of the checkpoint, part by part", () => {
  const asked: string[] = [];
  const parameters = new Parameters(storedWeights(new Graph("case"), recording(asked), "float32"));
  const layer = parameters.at("model").at("layers").at(3);
  layer.at("self_attn").at("q_proj").take("weight", [4, 2]);
  layer.has("bias");
  parameters.take("score", [1]);
  parameters.at("a.b").take("c", []);
  assert.deepEqual(asked, [
    "take model.layers.3.self_attn.q_proj.weight [4,2]",
    "has model.layers.3.bias",
    "take score [1]",
    "take a.b.c []",
  ]);
});

Deno.test("stored numbers are cast to the type to compute in, and only where they must", async () => {
  const graph = new Graph("case");
  await using stored = await storedParameters(graph, [
    { name: "single", shape: [2], data: [0.1, 70_000] },
    { name: "half", shape: [2], data: [0.1, 2049], dtype: "float16" },
    { name: "brain", shape: [2], data: [0.1, 257], dtype: "bfloat16" },
  ]);
  for (const name of ["single", "half", "brain"]) {
    const value = stored.parameters.take(name, [2]);
    assert.equal(value.dtype, "float32");
    graph.output(`${name} out`, value);
  }
  assert.deepEqual(graph.nodes.map(({ op }) => op), ["Identity", "Cast", "Cast"]);
  const found = await runGraph(graph);
  const exactly = { tolerance: 0 };
  assertNear(found["single out"]!, { dims: [2], data: [Math.fround(0.1), 70_000] }, exactly);
  assertNear(found["half out"]!, { dims: [2], data: [0.0999755859375, 2048] }, exactly);
  assertNear(found["brain out"]!, { dims: [2], data: [0.10009765625, 256] }, exactly);
});

Deno.test("tied weights are read and cast once", async () => {
  const graph = new Graph("case");
  await using stored = await storedParameters(graph, [
    { name: "embed.weight", shape: [2], data: [1, 2], dtype: "bfloat16" },
  ]);
  const embed = stored.parameters.at("embed").take("weight", [2]);
  assert.equal(stored.parameters.at("embed").take("weight", [2]), embed);
  assert.equal(graph.weights.size, 1);
  assert.equal(graph.nodes.length, 1);
});

Deno.test("parameters stand in the outermost graph, though a body asks for them", async () => {
  const graph = new Graph("case");
  await using stored = await storedParameters(graph, [
    { name: "weight", shape: [2], data: [1, 2], dtype: "float16" },
  ]);
  const turns = graph.input("turns", "int64", []);
  const [rows] = loop(turns, "body", () => {
    const weight = stored.parameters.take("weight", [2]);
    return [add(weight, weight)];
  });
  graph.output("rows", rows!);
  const { rows: found } = await runGraph(graph, { turns: { dims: [], data: [2], dtype: "int64" } });
  assertNear(found!, { dims: [2, 2], data: [2, 4, 2, 4] });
});

Deno.test("a tensor that is missing or misshaped is a bad model", async () => {
  const graph = new Graph("case");
  await using stored = await storedParameters(graph, [{
    name: "weight",
    shape: [2],
    data: [1, 2],
  }]);
  assert.equal(stored.parameters.has("weight"), true);
  assert.equal(stored.parameters.has("bias"), false);
  assert.throws(() => stored.parameters.take("bias", [2]), { kind: "bad_model" });
  assert.throws(() => stored.parameters.take("weight", [1, 2]), { kind: "bad_model" });
});
