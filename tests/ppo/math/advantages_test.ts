import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type AdvantageSettings,
  computeAdvantages,
  tokenRewards,
  type Trajectory,
} from "../../../src/ppo/math/advantages.ts";
import { estimateAdvantages } from "../../../src/ppo/math/gae.ts";
import golden from "../../golden/ppo.json" with { type: "json" };
import { assertNear, assertRowsNear, rowsOf, twoRows } from "./arbitrary_rows.ts";

const row = (...numbers: number[]) => Float64Array.from(numbers);

/** Two completions, of two tokens and of one. */
const trajectories: readonly Trajectory[] = [
  {
    credit: row(1, 2),
    oldLogProbs: row(-1, -2),
    referenceLogProbs: row(-1.5, -1),
    values: row(0.5, 1),
  },
  { credit: row(-3), oldLogProbs: row(-1), referenceLogProbs: row(-1), values: row(0) },
];

const settings: AdvantageSettings = {
  algorithm: "ppo",
  completionsPerPrompt: 1,
  advantageScale: "batch",
  kl: { estimator: "k1", place: "reward" },
  whitenRewards: false,
  gamma: 0.5,
  lambda: 0.5,
};

Deno.test("rewards, advantages and returns match a calculation by hand", () => {
  const found = computeAdvantages(trajectories, settings, 0.1);
  assertRowsNear(found.kl, [[0.5, -1], [0]]); // k1
  assertRowsNear(found.rewards, [[0.95, 2.1], [-3]]); // credit - 0.1 * k1
  // delta: 0.95 + 0.5 * 1 - 0.5 = 0.95, 2.1 - 1 = 1.1; advantage: 0.95 + 0.25 * 1.1, 1.1
  assertRowsNear(found.advantages, [[1.225, 1.1], [-3]]);
  assertRowsNear(found.returns!, [[1.725, 2.1], [-3]]); // advantages + values
});

Deno.test("another estimator changes the rewards, and the reported KL stays k1", () => {
  const kl = { estimator: "k2", place: "reward" } as const;
  const found = computeAdvantages(trajectories, { ...settings, kl }, 0.1);
  assertRowsNear(found.kl, [[0.5, -1], [0]]);
  assertRowsNear(found.rewards, [[1 - 0.0125, 2 - 0.05], [-3]]);
});

Deno.test("whitened rewards are used for advantages, and reported before whitening", () => {
  const plain = computeAdvantages(trajectories, settings, 0.1);
  const whitened = computeAdvantages(trajectories, { ...settings, whitenRewards: true }, 0.1);
  assert.deepEqual(whitened.rewards, plain.rewards);
  // The last token's advantage is its reward less its value: mean 1/60 stays, variance becomes 1.
  const paid = [0.95, 2.1, -3];
  const mean = paid.reduce((a, b) => a + b) / 3;
  const variance = paid.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 2;
  const expected = (-3 - mean) / Math.sqrt(variance) + mean;
  assert.ok(Math.abs(whitened.advantages[1]![0]! - expected) < 1e-7);
});

Deno.test("token rewards match torch on padded rows with a mask", () => {
  const { coefficient, rewards } = golden.token_rewards;
  const kl = rowsOf(golden.token_rewards.kl);
  for (const [i, credit] of rowsOf(golden.token_rewards.credit).entries()) {
    assertNear(tokenRewards({ credit, kl: kl[i]! }, coefficient), rewards[i]!, 1e-15);
  }
});

Deno.test("a coefficient of 0 leaves the credit, and inputs are not modified", () => {
  fc.assert(fc.property(twoRows, ([credit, kl]) => {
    const before = [credit.slice(), kl.slice()];
    const rewards = tokenRewards({ credit, kl }, 0);
    assertNear(rewards, credit, 0);
    assert.notEqual(rewards, credit);
    assert.deepEqual([credit, kl], before);
  }));
});

Deno.test("the penalty is paid at the token where it arises", () => {
  const [credit, kl] = [Float64Array.of(0, 0, 3), Float64Array.of(1, -2, 0)];
  assert.deepEqual([...tokenRewards({ credit, kl }, 0.5)], [-0.5, 1, 3]);
});

Deno.test("credit and KL of different lengths are an error", () => {
  const [credit, kl] = [new Float64Array(2), new Float64Array(1)];
  assert.throws(() => tokenRewards({ credit, kl }, 1), RangeError);
});

const part = fc.double({ min: 0, max: 1, noNaN: true });

Deno.test("the recursion matches the double sum of the paper", () => {
  assert.equal(golden.advantages.length, 20);
  for (const { gamma, lambda, ...example } of golden.advantages) {
    const rewards = Float64Array.from(example.rewards);
    const values = Float64Array.from(example.values);
    const found = estimateAdvantages({ rewards, values }, { gamma, lambda });
    assertNear(found.advantages, example.advantages, 1e-13);
    assertNear(found.returns, example.returns, 1e-13);
  }
});

Deno.test("with lambda 1 an advantage is the discounted sum of later rewards minus the value", () => {
  fc.assert(fc.property(twoRows, part, ([rewards, values], gamma) => {
    const { advantages, returns } = estimateAdvantages({ rewards, values }, { gamma, lambda: 1 });
    const later = rewards.map((_, t) =>
      rewards.subarray(t).reduce((sum, reward, steps) => sum + gamma ** steps * reward, 0)
    );
    assertNear(returns, later, 1e-10);
    assertNear(advantages, later.map((each, t) => each - values[t]!), 1e-10);
  }));
});

Deno.test("a critic may learn the returns of another lambda than the policy's", () => {
  fc.assert(fc.property(twoRows, part, part, part, ([rewards, values], gamma, lambda, other) => {
    const estimate = (discounts: { lambda: number; valueLambda?: number }) =>
      estimateAdvantages({ rewards, values }, { gamma, ...discounts });
    const found = estimate({ lambda, valueLambda: other });
    assert.deepEqual(found.advantages, estimate({ lambda }).advantages);
    assert.deepEqual(found.returns, estimate({ lambda: other }).returns);
  }));
});

Deno.test("with lambda 0 an advantage is the one-step error", () => {
  fc.assert(fc.property(twoRows, part, ([rewards, values], gamma) => {
    const { advantages } = estimateAdvantages({ rewards, values }, { gamma, lambda: 0 });
    const errors = rewards.map((reward, t) => reward + gamma * (values[t + 1] ?? 0) - values[t]!);
    assertNear(advantages, errors);
  }));
});

Deno.test("a critic that predicts all rewards leaves no advantage", () => {
  fc.assert(fc.property(twoRows, part, part, ([rewards], gamma, lambda) => {
    const values = estimateAdvantages(
      { rewards, values: new Float64Array(rewards.length) },
      { gamma, lambda: 1 },
    ).returns;
    const found = estimateAdvantages({ rewards, values }, { gamma, lambda });
    assertNear(found.advantages, new Float64Array(rewards.length), 1e-10);
    assertNear(found.returns, values, 1e-10);
  }));
});

Deno.test("a token's advantage does not depend on earlier tokens", () => {
  fc.assert(fc.property(twoRows, part, part, ([rewards, values], gamma, lambda) => {
    const whole = estimateAdvantages({ rewards, values }, { gamma, lambda });
    const tail = { rewards: rewards.subarray(1), values: values.subarray(1) };
    const found = estimateAdvantages(tail, { gamma, lambda });
    assert.deepEqual(found.advantages, whole.advantages.slice(1));
  }));
});

Deno.test("returns are advantages plus values, and inputs are not modified", () => {
  fc.assert(fc.property(twoRows, ([rewards, values]) => {
    const before = [rewards.slice(), values.slice()];
    const found = estimateAdvantages({ rewards, values }, { gamma: 1, lambda: 0.95 });
    assert.deepEqual([rewards, values], before);
    assertNear(found.returns, found.advantages.map((each, t) => each + values[t]!), 0);
  }));
});

Deno.test("rewards and values of different lengths are an error", () => {
  const episode = { rewards: new Float64Array(2), values: new Float64Array(3) };
  assert.throws(() => estimateAdvantages(episode, { gamma: 1, lambda: 1 }), RangeError);
});
