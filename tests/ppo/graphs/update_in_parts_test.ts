import assert from "node:assert/strict";
import { findings } from "../../../src/onnx/check.ts";
import type { Graph } from "../../../src/onnx/graph.ts";
import { describe } from "../../../src/onnx/value.ts";
import { belongsToCritic } from "../../../src/ppo/graphs/parameter_vector.ts";
import { gradientGraph, squaresGraph, stepGraph } from "../../../src/ppo/graphs/update_in_parts.ts";
import { readPolicy } from "../../../src/ppo/rollout/policy.ts";
import { policyDirectory, quickAdam } from "../golden_policy.ts";

const loss = { clip: 0.2, valueClip: 0.2, valueCoefficient: 0.1, entropyCoefficient: 0.01 };

function outputsOf({ outputs }: Graph): string[] {
  return [...outputs].map(([name, value]) => `${name} ${describe(value)}`);
}

for (const criticOnly of [false, true]) {
  for (const adds of [false, true]) {
    const what = `${criticOnly ? "the critic's" : "all"} gradients${adds ? ", added up" : ""}`;
    Deno.test(`a graph of ${what} has an output for each weight, and no unused nodes`, async () => {
      const { model } = await readPolicy(policyDirectory("gpt2"));
      const actorCritic = { model, critic: "separate", temperature: 1 } as const;
      const options = { actorCritic, loss, adam: quickAdam, criticOnly };
      const { graph, weights } = gradientGraph({ ...options, shape: { batch: 2, length: 8 } }, {
        adds,
      });
      assert.deepEqual(findings(graph), []);
      const trained = [...weights.trained].filter(([name]) => !criticOnly || belongsToCritic(name));
      assert.deepEqual(
        outputsOf(graph).toSorted(),
        [
          ...trained.map(([name, value]) => `gradient of ${name} ${describe(value)}`),
          "stats float32[7]",
        ].toSorted(),
      );
    });
  }
}

Deno.test("graphs of a slice have its extent from what they are fed", () => {
  assert.deepEqual(findings(squaresGraph().graph), []);
  assert.deepEqual(outputsOf(squaresGraph().graph), ["sum float32[1]"]);
  for (const later of [false, true]) {
    const { graph } = stepGraph(quickAdam, { later });
    assert.deepEqual(findings(graph), []);
    assert.deepEqual(outputsOf(graph), [
      "parameters.next float32[slice]",
      "first.next float32[slice]",
      "second.next float32[slice]",
      "learning_rate float32[1]",
    ]);
    const isFed = (name: string) => graph.inputs.some(({ label }) => label.includes(name));
    assert.equal(isFed("policy_update"), later);
    assert.equal(graph.inputs.filter(({ label }) => label.includes("update")).length, 1);
  }
});
