import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { creditNames } from "../src/ppo/rollout/credit.ts";
import { klEstimators } from "../src/ppo/math/kl.ts";
import { settingsSchema } from "../src/settings.ts";
import { trainingSettings } from "../src/settings_training.ts";

const settings = trainingSettings();
type Name = keyof typeof settings;

function expectation(name: Name, text: string): string | undefined {
  return settings[name].safeParse(text).error?.issues[0]?.message;
}

Deno.test("training settings are part of the program's settings, without equal names", () => {
  for (const name of Object.keys(settings)) assert.ok(name in settingsSchema.shape, name);
  const others = ["model", "name", "score", "device", "threads", "beta", "fresh", "apiKey"];
  assert.ok(others.every((name) => !(name in settings)));
});

Deno.test("the choices of credit and estimators are all that exist", () => {
  for (const name of creditNames) assert.equal(settings.credit.parse(name), name);
  assert.match(expectation("credit", "attention") ?? "", /^one of abc, /);
  const offered = expectation("credit", "")!.replace("one of ", "").split(", ");
  assert.deepEqual(offered.toSorted(), [...creditNames].toSorted());
  for (const name of Object.keys(klEstimators)) {
    assert.equal(settings.klEstimator.parse(name), name);
  }
});

Deno.test("the default policy is relative to the program", () => {
  const policy = settings.policy.parse(undefined);
  assert.match(policy, /\/models\/movie-policy$/);
  assert.ok(existsSync(policy.replace(/\/movie-policy$/, "")));
});

const bounds: readonly [name: Name, within: readonly string[], without: readonly string[]][] = [
  ["steps", ["1", "10000000"], ["0", "1e3", "-1"]],
  ["seed", ["0", "9007199254740991"], ["9007199254740992", "1.5"]],
  ["batch", ["1"], ["0", "65537"]],
  ["minNewTokens", ["0"], ["-1"]],
  ["maxNewTokens", ["1"], ["0"]],
  ["temperature", ["0.01", "2"], ["0", "-1", "101"]],
  ["topK", ["0", "50"], ["-1", "1.5"]],
  ["topP", ["1", "0.9"], ["1.1"]],
  ["gamma", ["0", "1"], ["1.01"]],
  ["lambda", ["0", "0.95", "1"], ["2"]],
  ["klCoefficient", ["0", "0.05"], ["-0.1"]],
  ["learningRate", ["0", "3e-4", "1e-5"], ["11", "fast"]],
  ["adamBeta1", ["0", "0.9"], ["1"]],
  ["adamBeta2", ["0.999"], ["1"]],
  ["clip", ["0.2"], ["0"]],
  ["valueClip", ["0", "0.2"], ["-1"]],
  ["rewardTimeoutMs", ["1", "300000"], ["0"]],
  ["requestsInFlight", ["1", "256"], ["0", "257"]],
  ["checkpointEvery", ["1"], ["0"]],
  ["samples", ["0"], ["-1"]],
];

for (const [name, within, without] of bounds) {
  Deno.test(`${name} is accepted within its bounds only`, () => {
    for (const text of within) assert.equal(settings[name].parse(text), Number(text), text);
    for (const text of without) {
      assert.match(expectation(name, text) ?? "", /^an? (integer|number) from /, text);
    }
  });
}

Deno.test("stop texts are divided at line breaks, and have theirs as \\n", () => {
  assert.deepEqual(settings.stop.parse(undefined), []);
  assert.deepEqual(settings.stop.parse("\\nUser: \n</s>"), ["\nUser: ", "</s>"]);
  assert.match(expectation("stop", "\n") ?? "", /^1 to 64 texts/);
});
