import assert from "node:assert/strict";
import { Graph } from "../../src/onnx/graph.ts";
import { storedWeights } from "../../src/layers/stored_weights.ts";
import { describe } from "../../src/onnx/value.ts";
import { assertNear, runGraph } from "../onnx/run_graph.ts";
import { storedParameters } from "./stored_parameters.ts";

Deno.test("weights are read in place and cast to the type to compute in", async () => {
  const graph = new Graph("case");
  await using stored = await storedParameters(graph, [
    { name: "single", shape: [2], data: [0.5, -3] },
    { name: "brain", shape: [2], data: [0.5, 257], dtype: "bfloat16" },
  ]);
  const half = storedWeights(graph, stored.ledger, "float16");
  for (const name of ["single", "brain"]) {
    assert.ok(half.has(name));
    const value = half.take(name, [2]);
    assert.equal(describe(value), "float16[2]");
    assert.equal(half.take(name, [2]), value, "one that is asked for again is the same value");
    graph.output(`${name} out`, value);
  }
  assert.equal(graph.weights.size, 2);
  const found = await runGraph(graph);
  const sixteen = { dims: [2], dtype: "float16" } as const;
  assertNear(found["single out"]!, { ...sixteen, data: [0.5, -3] }, { tolerance: 0 });
  assertNear(found["brain out"]!, { ...sixteen, data: [0.5, 256] }, { tolerance: 0 });
});

Deno.test("what the checkpoint does not have is a bad model", async () => {
  const graph = new Graph("case");
  await using stored = await storedParameters(graph, [{ name: "one", shape: [1], data: [1] }]);
  const weights = storedWeights(graph, stored.ledger, "float32");
  assert.ok(!weights.has("two"));
  assert.throws(() => weights.take("two", [1]), { kind: "bad_model" });
  assert.throws(() => weights.take("one", [2]), { kind: "bad_model" });
});
