import assert from "node:assert/strict";
import { fedWeights } from "../../../src/layers/fed_weights.ts";
import { Parameters } from "../../../src/layers/parameters.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { describe } from "../../../src/onnx/value.ts";
import { type CriticKind, forward } from "../../../src/ppo/graphs/actor_critic.ts";
import { readPolicy } from "../../../src/ppo/rollout/policy.ts";
import { openPolicy, policyDirectory, readGoldenPolicy, sequenceOf } from "../golden_policy.ts";

async function read(critic: CriticKind, maskedEosIds: readonly number[] = []) {
  const { model } = await readPolicy(policyDirectory("llama"));
  const graph = new Graph("case");
  const weights = fedWeights(graph);
  const actorCritic = { model, critic, temperature: 1, maskedEosIds };
  const shape = { batch: 2, length: 8 };
  const found = forward(graph, { actorCritic, shape }, new Parameters(weights));
  return { graph, found, names: () => [...weights.taken.keys()] };
}

Deno.test("forward declares its inputs and knows the shapes of its outputs", async () => {
  const { graph, found, names } = await read("shared");
  const fed = graph.inputs.filter(({ label }) => !names().includes(label));
  assert.deepEqual(fed.map((each) => `${each.label} ${describe(each)}`).toSorted(), [
    "actions int32[rows, 1]",
    "ids int32[tokens]",
    "iota int64[tokens]",
    "places int32[tokens]",
    "positions int32[tokens]",
    "row_of int32[tokens]",
    "rows int32[rows]",
    "slots int32[16]",
  ]);
  assert.equal(describe(found.logits), "float32[rows, 96]");
  assert.equal(describe(found.values), "float32[rows]");
  assert.equal(describe(found.attention()), "float32[2, 8, 8]");
});

Deno.test("if EOS is masked, an input says for each row whether it is allowed", async () => {
  const { graph } = await read("shared", [2]);
  assert.equal(describe(graph.inputs.find(({ label }) => label === "early")!), "float32[rows, 1]");
});

Deno.test("values and attention are added to the graph on first use", async () => {
  for (const critic of ["shared", "separate"] as const) {
    const { graph, found, names } = await read(critic);
    const before = graph.nodes.length;
    assert.ok(!names().some((name) => /^(critic|value_head)\./.test(name)));
    const values = found.values;
    assert.equal(found.values, values, "and only once");
    assert.ok(names().includes("value_head.weight") && names().includes("value_head.bias"));
    assert.equal(names().some((name) => name.startsWith("critic.")), critic === "separate");
    const [added, again] = [graph.nodes.length - before, graph.nodes.length];
    assert.equal(added < 10, critic === "shared", "a shared trunk is computed once");
    found.attention();
    assert.ok(graph.nodes.length > again);
  }
});

Deno.test("a separate critic reads values from its own trunk, a shared one from the policy's", async () => {
  const { sequences } = await readGoldenPolicy("llama");
  const ours = sequences.slice(0, 3).map(sequenceOf);
  for (const critic of ["shared", "separate"] as const) {
    await using open = await openPolicy("llama", { critic });
    const { engine, start } = open;
    const before = await engine.evaluate(ours, { whose: "policy" });
    /** An evaluation after the critic's or the policy's trunk was changed. */
    const changed = async (prefix: string) => {
      const parameters = start.parameters.slice();
      const { offset, length } = engine.layout.places.get(`${prefix}model.norm.weight`)!;
      for (let i = 0; i < length; i++) parameters[offset + i]! *= i % 2 === 0 ? 1.5 : 0.5;
      await engine.setState({ ...start, parameters });
      return await engine.evaluate(ours, { whose: "policy" });
    };
    const ofPolicy = await changed("");
    assert.notDeepEqual(ofPolicy.logProbs, before.logProbs);
    if (critic === "shared") {
      assert.notDeepEqual(ofPolicy.values, before.values);
      continue;
    }
    assert.deepEqual(ofPolicy.values, before.values);
    const ofCritic = await changed("critic.");
    assert.deepEqual(ofCritic.logProbs, before.logProbs);
    assert.notDeepEqual(ofCritic.values, before.values);
  }
});

Deno.test("values depend neither on the temperature nor on the chosen token", async () => {
  const values = async (temperature: number, last: number) => {
    await using open = await openPolicy("gpt2", { temperature });
    const sequences = [sequenceOf({ prompt: [5, 6], response: [7, 8, last] })];
    return (await open.engine.evaluate(sequences, { whose: "policy" })).values!;
  };
  const expected = await values(1, 9);
  assert.deepEqual(await values(0.5, 9), expected);
  assert.deepEqual(await values(1, 30), expected);
});
