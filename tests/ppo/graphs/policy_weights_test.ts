import assert from "node:assert/strict";
import { Graph } from "../../../src/onnx/graph.ts";
import { forward } from "../../../src/ppo/graphs/actor_critic.ts";
import { policyWeights } from "../../../src/ppo/graphs/policy_weights.ts";
import { trainedAdapter } from "../../../src/ppo/graphs/trained_adapter.ts";
import { Parameters } from "../../../src/layers/parameters.ts";
import { readPolicy } from "../../../src/ppo/rollout/policy.ts";
import { learn, mergedParameters, openAdapted } from "../adapted_policy.ts";
import { assertRowsNear, openPolicy, policyDirectory, stream } from "../golden_policy.ts";
import { requests } from "../made_up_minibatch.ts";

const policy = { whose: "policy" } as const;

Deno.test("without an adapter every weight is trained", () => {
  const weights = policyWeights(new Graph("case"), {});
  weights.take("a", [2]);
  assert.deepEqual([...weights.trained.keys()], ["a"]);
});

Deno.test("an adapter's factors and the value head are trained, and a second trunk reads the same base", async () => {
  const { model } = await readPolicy(policyDirectory("gpt2"));
  const adapter = trainedAdapter(model, { rank: 2, alpha: 4 });
  const graph = new Graph("case");
  const weights = policyWeights(graph, { adapter });
  const actorCritic = { model, critic: "separate", temperature: 1, adapter } as const;
  const outputs = forward(
    graph,
    { actorCritic, shape: { batch: 1, length: 2 } },
    new Parameters(weights),
  );
  assert.ok(outputs.values);
  const factors = [0, 1].flatMap((layer) =>
    ["lora_A", "lora_B"].map((each) => `transformer.h.${layer}.attn.c_attn.${each}.weight`)
  );
  assert.deepEqual(
    [...weights.trained.keys()].toSorted(),
    [
      ...factors,
      ...factors.map((name) => `critic.${name}`),
      "value_head.bias",
      "value_head.weight",
    ].toSorted(),
  );
  const base = [...weights.taken.keys()].filter((name) => !weights.trained.has(name));
  assert.ok(base.length > 0 && base.every((name) => !name.startsWith("critic.")));
});

for (const name of ["llama", "gpt2", "phi3"]) {
  Deno.test(`${name}: an adapted policy is the one whose weights have the products added`, async () => {
    await using open = await openAdapted(name);
    const { engine } = open;
    await learn(engine);
    const completions = await engine.sample(requests, stream(9));
    const found = await engine.evaluate(completions, policy);
    assertRowsNear(completions.map(({ logProbs }) => logProbs), found.logProbs, {
      tolerance: 1e-4,
      what: "log-probabilities of the sampler",
    });
    await using merged = await openPolicy(name);
    const parameters = await mergedParameters(open, merged.engine.layout);
    await merged.engine.setState({ ...merged.start, parameters });
    const expected = await merged.engine.evaluate(completions, policy);
    assertRowsNear(found.logProbs, expected.logProbs, { tolerance: 1e-5, what: "log_probs" });
    assertRowsNear(found.values!, expected.values!, { tolerance: 1e-5, what: "values" });
    const reference = await engine.evaluate(completions, { whose: "reference" });
    const before = await merged.engine.evaluate(completions, { whose: "reference" });
    assert.deepEqual(reference.logProbs, before.logProbs);
    const gap = Math.abs(reference.logProbs[0]![0]! - found.logProbs[0]![0]!);
    assert.ok(gap > 1e-3, "it has learnt something");
  });
}
