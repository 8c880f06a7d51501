import assert from "node:assert/strict";
import { algorithmNames } from "../src/ppo/algorithms/registry.ts";
import { helpOf, settingsSchema } from "../src/settings.ts";
import { objectiveSettings } from "../src/settings_objective.ts";

const { algorithm, adamEpsilon, lossMean, dualClip } = objectiveSettings();

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

Deno.test("Adam's epsilon is above 0 in float32, as it is all that a weight without a gradient is divided by", () => {
  for (const wrong of ["0", "0.0", "1e-50"]) {
    const { error } = adamEpsilon.safeParse(wrong);
    assert.equal(error?.issues[0]?.message, "a number from 1e-30 to 1", wrong);
  }
  assert.equal(adamEpsilon.parse("1e-12"), 1e-12);
  assert.match(helpOf("adamEpsilon").description, /above 0$/);
});
