import assert from "node:assert/strict";
import {
  normalizationNotes,
  normalizationOf,
  normalized,
  rewardStatistics,
} from "../../src/model/reward_normalization.ts";
import { scoreRule } from "../../src/model/score_rule.ts";

const config = { mean: -1, std: 2, normalize_reward: true };

Deno.test("a normalised score is less the mean and over the standard deviation, and its weights are divided", () => {
  const rule = normalized(scoreRule(["bad", "good"]), config);
  assert.equal(rule.text, "(good - bad + 1) / 2");
  assert.deepEqual(rule.weights, [-0.5, 0.5]);
  assert.equal(rule.score(new Float32Array([1, 4])), 2);
  assert.equal(normalized(scoreRule(["r"]), { mean: 0.5, std: 4 }).text, "(r - 0.5) / 4");
  assert.equal(normalized(scoreRule(["r"]), { mean: 0, std: 4 }).text, "(r) / 4");
  assert.throws(() => rule.score(new Float32Array([NaN, 0])), { kind: "model_failure" });
});

for (
  const [config, received] of [
    [{}, "nothing and nothing"],
    [{ mean: 1 }, "1 and nothing"],
    [{ mean: 1, std: 0 }, "1 and 0"],
    [{ mean: null, std: 1 }, "null and 1"],
    [{ mean: "1", std: 1 }, '"1" and 1'],
  ] as const
) {
  Deno.test(`scores cannot be normalised by ${received}`, () => {
    assert.equal(rewardStatistics(config), undefined);
    assert.equal(normalizationOf(config, false), "none");
    assert.deepEqual(normalizationNotes(config, false), []);
    assert.throws(() => normalized(scoreRule(["r"]), config), {
      kind: "bad_usage",
      message:
        `Cannot use --normalize-reward as "mean" and "std" of config.json must be a number and one above 0: received ${received}`,
    });
  });
}

Deno.test("statistics that are not applied are said in one line, whatever normalize_reward says", () => {
  for (const normalize_reward of [true, false]) {
    assert.deepEqual(normalizationNotes({ ...config, normalize_reward }, false), [
      `scores are raw: config.json has OpenRLHF's "mean" -1 and "std" 2, which --normalize-reward applies`,
    ]);
  }
  assert.deepEqual(normalizationNotes(config, true), []);
  assert.deepEqual([true, false].map((asked) => normalizationOf(config, asked)), [
    "applied",
    "not applied",
  ]);
});
