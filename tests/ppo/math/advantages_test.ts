import assert from "node:assert/strict";
import fc from "fast-check";
import { estimateAdvantages } from "../../../src/ppo/math/advantages.ts";
import golden from "../../golden/ppo.json" with { type: "json" };
import { assertNear, twoRows } from "./arbitrary_rows.ts";

const part = fc.double({ min: 0, max: 1, noNaN: true });

Deno.test("the recursion gives the double sum of the paper", () => {
  assert.equal(golden.advantages.length, 20);
  for (const { gamma, lambda, ...example } of golden.advantages) {
    const rewards = Float64Array.from(example.rewards);
    const values = Float64Array.from(example.values);
    const found = estimateAdvantages({ rewards, values }, { gamma, lambda });
    assertNear(found.advantages, example.advantages, 1e-13);
    assertNear(found.returns, example.returns, 1e-13);
  }
});

Deno.test("with lambda 1 an advantage is what is still to come, less the value", () => {
  fc.assert(fc.property(twoRows, part, ([rewards, values], gamma) => {
    const { advantages, returns } = estimateAdvantages({ rewards, values }, { gamma, lambda: 1 });
    const toCome = rewards.map((_, t) =>
      rewards.subarray(t).reduce((sum, reward, later) => sum + gamma ** later * reward, 0)
    );
    assertNear(returns, toCome, 1e-10);
    assertNear(advantages, toCome.map((each, t) => each - values[t]!), 1e-10);
  }));
});

Deno.test("with lambda 0 an advantage is the error of one step", () => {
  fc.assert(fc.property(twoRows, part, ([rewards, values], gamma) => {
    const { advantages } = estimateAdvantages({ rewards, values }, { gamma, lambda: 0 });
    const errors = rewards.map((reward, t) => reward + gamma * (values[t + 1] ?? 0) - values[t]!);
    assertNear(advantages, errors);
  }));
});

Deno.test("it telescopes: a critic that foresaw all rewards leaves no advantage", () => {
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

Deno.test("a token's advantage does not depend on what stood before it", () => {
  fc.assert(fc.property(twoRows, part, part, ([rewards, values], gamma, lambda) => {
    const whole = estimateAdvantages({ rewards, values }, { gamma, lambda });
    const tail = { rewards: rewards.subarray(1), values: values.subarray(1) };
    const found = estimateAdvantages(tail, { gamma, lambda });
    assert.deepEqual(found.advantages, whole.advantages.slice(1));
  }));
});

Deno.test("returns are advantages plus values, and no row is changed", () => {
  fc.assert(fc.property(twoRows, ([rewards, values]) => {
    const before = [rewards.slice(), values.slice()];
    const found = estimateAdvantages({ rewards, values }, { gamma: 1, lambda: 0.95 });
    assert.deepEqual([rewards, values], before);
    assertNear(found.returns, found.advantages.map((each, t) => each + values[t]!), 0);
  }));
});

Deno.test("rows of two lengths are a mistake of the program", () => {
  const episode = { rewards: new Float64Array(2), values: new Float64Array(3) };
  assert.throws(() => estimateAdvantages(episode, { gamma: 1, lambda: 1 }), RangeError);
});
