import assert from "node:assert/strict";
import { grpo } from "../../../src/ppo/algorithms/grpo.ts";
import { assertRowsNear } from "../math/arbitrary_rows.ts";

const row = (...numbers: number[]) => Float64Array.from(numbers);
const discounts = { gamma: 1, lambda: 0.95 };

Deno.test("an advantage is the reward-to-go less the mean of all completions, by hand", () => {
  const rewards = [row(1, 2, 3), row(2), row(5), row(1, 1)];
  const { advantages } = grpo.estimate({ rewards, perPrompt: 2 }, discounts);
  assertRowsNear(advantages, [[2, 1.5, 0.5], [-2], [1.5], [-1.5, -2]]);
});

Deno.test("with one reward at the end all tokens have the published numerator", () => {
  const rewards = [row(0, 0, 6), row(2)];
  const { advantages } = grpo.estimate({ rewards, perPrompt: 2 }, discounts);
  assertRowsNear(advantages, [[2, 2, 2], [-2]]);
  assert.equal(grpo.usual.scale, "group", "the denominator is the scale's");
});
