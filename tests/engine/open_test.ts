/** What the runtime's engine does beyond the contract of all engines, see tests/contracts/engine.ts. */

import assert from "node:assert/strict";
import { openEngine } from "../../src/engine/open.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { neg } from "../../src/onnx/ops.ts";
import { goldenDirectory, openGolden, pooledOnly } from "../support/golden_model.ts";

Deno.test("shared prompts are computed once", async () => {
  await using engine = (await openGolden("llama")).engine;
  const prompt = Array.from({ length: 60 }, (_, i) => 3 + i);
  const batch = Array.from({ length: 80 }, (_, i) => pooledOnly([...prompt, 3 + i, 7]));
  const { computedTokens } = await engine.run(batch);
  assert.equal(computedTokens, prompt.length + 2 * batch.length);
});

Deno.test("an id beyond the vocabulary is a failure of the model, and the engine goes on", async () => {
  await using engine = (await openGolden("llama")).engine;
  await assert.rejects(engine.run([pooledOnly([1, 100_000])]), { kind: "model_failure" });
  assert.equal((await engine.run([pooledOnly([1, 2])])).outputs.length, 1);
});

Deno.test("a graph with parts that no output needs is not opened", async () => {
  const graph = new Graph("idle");
  graph.output("y", neg(graph.input("x", "float32", [1])));
  graph.input("z", "float32", [1]);
  const { architecture } = await readBlueprint(goldenDirectory("llama"));
  await assert.rejects(
    openEngine(graph, { architecture, device: "cpu" }),
    /input z .* is not used/,
  );
});
