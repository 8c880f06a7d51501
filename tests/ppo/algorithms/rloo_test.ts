import assert from "node:assert/strict";
import { rloo } from "../../../src/ppo/algorithms/rloo.ts";
import { assertRowsNear } from "../math/arbitrary_rows.ts";

const row = (...numbers: number[]) => Float64Array.from(numbers);
const discounts = { gamma: 1, lambda: 0.95 };

Deno.test("an advantage is the reward-to-go less that of the other completions, by hand", () => {
  // Of totals 6, 2 and 1; the others earn from the second token on 2 and 1, their last rewards.
  const rewards = [row(1, 2, 3), row(2), row(0, 1)];
  const { advantages, returns } = rloo.estimate({ rewards, perPrompt: 3 }, discounts);
  assertRowsNear(advantages, [[4.5, 3.5, 1.5], [-1.5], [-3, -2.5]]);
  assert.equal(returns, undefined);
});

Deno.test("with one reward at the end all tokens have the published advantage", () => {
  const rewards = [row(0, 0, 6), row(2), row(0, 1)];
  const { advantages } = rloo.estimate({ rewards, perPrompt: 3 }, discounts);
  assertRowsNear(advantages, [[4.5, 4.5, 4.5], [-2 + 0.5], [-3, -3]]);
});
