import assert from "node:assert/strict";
import { setInitialState } from "../../../src/ppo/graphs/initial_state.ts";
import { openAdapted } from "../adapted_policy.ts";
import { openPolicy, stream } from "../golden_policy.ts";
import { requests } from "../made_up_minibatch.ts";

Deno.test("a policy that is trained whole begins as its reference, with moments of 0", async () => {
  await using open = await openPolicy("llama", { critic: "separate" });
  const { engine, policy, runtime } = open;
  const parameters = await setInitialState(engine, policy, 1);
  const state = await engine.state();
  assert.deepEqual(state.parameters, parameters);
  for (const moment of [state.first, state.second]) {
    assert.equal(moment.length, parameters.length);
    assert.ok(moment.every((each) => each === 0));
  }
  const { data } = await runtime.get("reference");
  assert.deepEqual(data, parameters.slice(0, engine.layout.policySize));
  assert.deepEqual(await setInitialState(engine, policy, 2), parameters, "whatever the seed");
});

for (const critic of ["shared", "separate", "none"] as const) {
  Deno.test(`an adapter changes nothing at first, and its seed decides what it begins as (${critic})`, async () => {
    await using open = await openAdapted("gpt2", { critic });
    const { engine, policy } = open;
    const parameters = await setInitialState(engine, policy, 1);
    assert.equal(parameters.length, engine.layout.size);
    assert.ok(engine.layout.size < engine.referenceLayout.size / 2);
    const completions = await engine.sample(requests, stream(1));
    const found = await engine.evaluate(completions, { whose: "policy" });
    const { logProbs } = await engine.evaluate(completions, { whose: "reference" });
    assert.deepEqual(found.logProbs, logProbs);
    if (critic !== "none") assert.ok(found.values!.every((row) => row.every((each) => each === 0)));
    assert.deepEqual(await setInitialState(engine, policy, 1), parameters);
    assert.notDeepEqual(await setInitialState(engine, policy, 2), parameters);
  });
}
