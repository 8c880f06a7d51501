import assert from "node:assert/strict";
import { scaleAdvantages } from "../../../src/ppo/math/advantage_scale.ts";
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

Deno.test("a group is divided by the deviation of its total rewards, be that 0", () => {
  // Totals 3 and 5, of deviation sqrt 2, and twice 4.
  const first = Math.SQRT2 + 1e-4;
  assertRowsNear(scaleAdvantages(advantages, "group", grouped), [
    [-1 / first, 1 / first],
    [2 / first],
    [3 / 1e-4],
    [1 / 1e-4, 0],
  ]);
  const discounted = Math.SQRT1_2 * 3 + 1e-4; // totals 1 + 0.5 * 2 and 5
  const found = scaleAdvantages(advantages, "group", { ...grouped, gamma: 0.5 });
  assertRowsNear(found.slice(0, 2), [[-1 / discounted, 1 / discounted], [2 / discounted]]);
});
