import assert from "node:assert/strict";
import { reinforcePlusPlus } from "../../../src/ppo/algorithms/reinforce_plus_plus.ts";
import { assertRowsNear } from "../math/arbitrary_rows.ts";

const row = (...numbers: number[]) => Float64Array.from(numbers);
const discounts = { gamma: 1, lambda: 0.95 };

Deno.test("an advantage is the reward-to-go, discounted, of one completion per prompt", () => {
  const rewards = [row(1, 2, 4), row(3)];
  const { advantages } = reinforcePlusPlus.estimate({ rewards, perPrompt: 1 }, {
    gamma: 0.5,
    lambda: 1,
  });
  assertRowsNear(advantages, [[3, 4, 4], [3]]);
});

Deno.test("of several completions the mean is taken off first", () => {
  const rewards = [row(0, 6), row(2)];
  const { advantages } = reinforcePlusPlus.estimate({ rewards, perPrompt: 2 }, discounts);
  assertRowsNear(advantages, [[2, 2], [-2]]);
  assert.equal(reinforcePlusPlus.usual.scale, "batch");
});
