import assert from "node:assert/strict";
import { algorithmNames } from "../src/ppo/algorithms/registry.ts";
import { helpOf, settingsSchema } from "../src/settings.ts";
import { objectiveSettings } from "../src/settings_objective.ts";

const { algorithm, lossMean, dualClip } = objectiveSettings();

Deno.test("settings of the objective are part of the program's settings", () => {
  for (const name of Object.keys(objectiveSettings())) {
    assert.ok(name in settingsSchema.shape, name);
  }
});

Deno.test("every algorithm can be named and is explained, and ppo is the default", () => {
  assert.equal(algorithm.parse(undefined), "ppo");
  for (const name of algorithmNames) {
    assert.equal(algorithm.parse(name), name);
    assert.ok(helpOf("algorithm").description.includes(`${name}: `), name);
  }
  assert.equal(algorithm.safeParse("PPO").success, false);
});

Deno.test("what an algorithm decides has no default of its own", () => {
  assert.equal(lossMean.parse(undefined), undefined);
  assert.equal(dualClip.parse(undefined), 0);
});
