import assert from "node:assert/strict";
import { ppo } from "../../../src/ppo/algorithms/ppo.ts";
import { assertRowsNear } from "../math/arbitrary_rows.ts";

const row = (...numbers: number[]) => Float64Array.from(numbers);
const discounts = { gamma: 1, lambda: 0.95 };

Deno.test("an advantage is that of generalised advantage estimation, and returns are for the critic", () => {
  const batch = { rewards: [row(1, 2)], values: [row(0.5, 1)], perPrompt: 1 };
  const { advantages, returns } = ppo.estimate(batch, { gamma: 0.5, lambda: 0.5 });
  assertRowsNear(advantages, [[1.25, 1]]); // 1 + 0.5 * 1 - 0.5 + 0.25 * 1, and 2 - 1
  assertRowsNear(returns!, [[1.75, 2]]);
});

Deno.test("there is no advantage without a critic", () => {
  assert.throws(() => ppo.estimate({ rewards: [row(1)], perPrompt: 1 }, discounts), TypeError);
});
