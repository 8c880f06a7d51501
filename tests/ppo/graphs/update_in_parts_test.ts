import assert from "node:assert/strict";
import { findings } from "../../../src/onnx/check.ts";
import { describe } from "../../../src/onnx/value.ts";
import { layoutOf } from "../../../src/ppo/graphs/parameter_vector.ts";
import { gradientGraph, stepGraph } from "../../../src/ppo/graphs/update_in_parts.ts";
import { readPolicy } from "../../../src/ppo/rollout/policy.ts";
import { policyDirectory, quickAdam } from "../golden_policy.ts";

const loss = { clip: 0.2, valueClip: 0.2, valueCoefficient: 0.1, entropyCoefficient: 0.01 };
const kinds = [{}, { criticOnly: true }, { policyLater: true }];

for (const kind of kinds) {
  Deno.test(`the graphs of parts and of the step have no unused nodes: ${JSON.stringify(kind)}`, async () => {
    const { model } = await readPolicy(policyDirectory("gpt2"));
    const actorCritic = { model, critic: "shared", temperature: 1 } as const;
    const options = { actorCritic, loss, adam: quickAdam, ...kind };
    const { graph, weights } = gradientGraph({ ...options, shape: { batch: 2, length: 8 } });
    const layout = layoutOf(weights.trained);
    const step = stepGraph(options, layout);
    const told = (outputs: typeof graph.outputs) =>
      [...outputs].map(([name, value]) => `${name} ${describe(value)}`);
    assert.deepEqual([...findings(graph), ...findings(step.graph)], []);
    assert.deepEqual(told(graph.outputs), [
      `gradient.next float32[${layout.size}]`,
      "stats float32[7]",
    ]);
    assert.deepEqual(told(step.graph.outputs), [
      `parameters.next float32[${layout.size}]`,
      `first.next float32[${layout.size}]`,
      `second.next float32[${layout.size}]`,
      "stats float32[2]",
    ]);
  });
}
