import assert from "node:assert/strict";
import { engineOptions } from "../../src/ppo/settings.ts";
import { readPolicy } from "../../src/ppo/rollout/policy.ts";
import { policyDirectory } from "./golden_policy.ts";
import { tinySettings } from "./tiny_run.ts";

Deno.test("EOS is masked only if it is forbidden at first and not counted", async () => {
  const policy = await readPolicy(policyDirectory("llama"));
  const masked = (min: number, forbiddenEnd: "masked" | "counted") => {
    const length = { min, max: 6, varied: false };
    return engineOptions({ ...tinySettings, length, forbiddenEnd }, policy).actorCritic
      .maskedEosIds;
  };
  assert.deepEqual(masked(2, "masked"), policy.eosIds);
  assert.deepEqual(masked(2, "counted"), []);
  assert.deepEqual(masked(0, "masked"), []);
});

Deno.test("an engine evaluates the largest minibatch at once, and its schedule ends with the run", async () => {
  const settings = { ...tinySettings, batch: 7, minibatches: 3, steps: 5, epochs: 2 };
  const options = engineOptions(settings, await readPolicy(policyDirectory("llama")));
  assert.deepEqual([options.minibatch, options.adam.totalUpdates], [3, 30]);
  const warm = engineOptions(
    { ...settings, valueWarmUpSteps: 2 },
    await readPolicy(policyDirectory("llama")),
  );
  assert.deepEqual([warm.adam.totalUpdates, warm.adam.policyUpdates], [30, 18]);
});
