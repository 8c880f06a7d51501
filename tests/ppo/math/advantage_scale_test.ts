import assert from "node:assert/strict";
import fc from "fast-check";
import { scaleAdvantages } from "../../../src/ppo/math/advantage_scale.ts";
import { lessMeanOf, rewardsToGo } from "../../../src/ppo/math/reward_to_go.ts";
import { assertRowsNear } from "./arbitrary_rows.ts";

const row = (...numbers: number[]) => Float64Array.from(numbers);
const rewards = [row(1, 2), row(5), row(4), row(0, 4)];
const advantages = [row(-1, 1), row(2), row(3), row(1, 0)];
const grouped = { rewards, perPrompt: 2, gamma: 1 };

Deno.test("advantages are left as they are, or whitened over all tokens", () => {
  assert.equal(scaleAdvantages(advantages, "none", grouped), advantages);
  const all = scaleAdvantages(advantages, "batch", grouped).flatMap((each) => [...each]);
  assert.ok(Math.abs(all.reduce((a, b) => a + b)) < 1e-12);
  assert.ok(Math.abs(all.reduce((sum, each) => sum + each ** 2, 0) / 5 - 1) < 1e-6);
});

Deno.test("a group is divided by the deviation of its rewards to go", () => {
  // To go 3, 2 and 5 (which counts at the second token too): centred -1, -1.5 and 1. And 4 with 4, 4.
  const first = Math.sqrt((1 + 2.25) / 2 + 1) + 1e-4;
  assertRowsNear(scaleAdvantages(advantages, "group", grouped), [
    [-1 / first, 1 / first],
    [2 / first],
    [3 / 1e-4],
    [1 / 1e-4, 0],
  ]);
  // Discounted by a half: to go 2, 2 and 5.
  const discounted = 1.5 * Math.SQRT2 + 1e-4;
  const found = scaleAdvantages(advantages, "group", { ...grouped, gamma: 0.5 });
  assertRowsNear(found.slice(0, 2), [[-1 / discounted, 1 / discounted], [2 / discounted]]);
});

Deno.test("where the last token earns all, that is the deviation of total rewards", () => {
  const sparse = { rewards: [row(0, 0, 3), row(5)], perPrompt: 2, gamma: 1 };
  const deviation = Math.SQRT2 + 1e-4;
  assertRowsNear(scaleAdvantages([row(-1, -1, -1), row(1)], "group", sparse), [
    [-1 / deviation, -1 / deviation, -1 / deviation],
    [1 / deviation],
  ]);
});

Deno.test("completions that score alike in different ways have advantages of one size", () => {
  const tied = { rewards: [row(3, -3), row(-3, 3)], perPrompt: 2, gamma: 1 };
  const centred = lessMeanOf("all", rewardsToGo(tied.rewards, 1), 2);
  const found = scaleAdvantages(centred, "group", tied);
  assert.ok(found.flatMap((each) => [...each]).every((each) => Math.abs(each) <= 1));
});

Deno.test("the mean square of a group's advantages is (k - 1) / k, whatever its rewards", () => {
  fc.assert(fc.property(
    fc.array(
      fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 1, maxLength: 6 }),
      {
        minLength: 2,
        maxLength: 5,
      },
    ),
    (each) => {
      const rewards = each.map((numbers) => row(...numbers));
      const centred = lessMeanOf("all", rewardsToGo(rewards, 1), rewards.length);
      const scaled = scaleAdvantages(centred, "group", {
        rewards,
        perPrompt: rewards.length,
        gamma: 1,
      });
      const squares = scaled.map((own) => own.reduce((sum, x) => sum + x * x, 0) / own.length);
      const mean = squares.reduce((sum, own) => sum + own, 0) / squares.length;
      assert.ok(mean <= (rewards.length - 1) / rewards.length + 1e-9);
    },
  ));
});

Deno.test("a completion without tokens has no part in the deviation", () => {
  const found = scaleAdvantages([row(), row(1)], "group", {
    rewards: [row(), row(2)],
    perPrompt: 2,
    gamma: 1,
  });
  assert.ok(Number.isFinite(found[1]![0]));
});
