import assert from "node:assert/strict";
import { groupsOf, lessMeanOf, rewardsToGo } from "../../../src/ppo/math/reward_to_go.ts";
import { assertRowsNear } from "./arbitrary_rows.ts";

const row = (...numbers: number[]) => Float64Array.from(numbers);

Deno.test("a reward-to-go is what is still to come, discounted", () => {
  const rewards = [row(1, 2, 4), row(), row(3)];
  assertRowsNear(rewardsToGo(rewards, 1), [[7, 6, 4], [], [3]]);
  assertRowsNear(rewardsToGo(rewards, 0.5), [[3, 4, 4], [], [3]]);
  assert.deepEqual(rewards[0], row(1, 2, 4), "the rewards are not modified");
});

Deno.test("a mean is that of the same token, of one prompt, with shorter rows at their last entry", () => {
  const rows = [row(6, 2, 1), row(4), row(10, 20), row(30, 40)];
  assertRowsNear(lessMeanOf("others", rows, 2), [[2, -2, -3], [-2], [-20, -20], [20, 20]]);
  assertRowsNear(lessMeanOf("all", rows, 2), [[1, -1, -1.5], [-1], [-10, -10], [10, 10]]);
});

Deno.test("a constant that every completion earns at its end cancels", () => {
  const rows = [row(5, 1), row(2, 2, 2), row(0)];
  const shifted = rows.map((each) => each.map((entry) => entry + 100));
  for (const peers of ["others", "all"] as const) {
    assertRowsNear(
      lessMeanOf(peers, shifted, 3),
      lessMeanOf(peers, rows, 3).map((each) => [...each]),
    );
  }
});

Deno.test("groups must be whole, and a completion alone has no others", () => {
  assert.deepEqual(groupsOf([1, 2, 3, 4], 2), [[1, 2], [3, 4]]);
  for (const perPrompt of [3, 0, 1.5, -1]) {
    assert.throws(() => groupsOf([1, 2, 3, 4], perPrompt), RangeError);
  }
  assert.throws(() => lessMeanOf("others", [row(1)], 1), RangeError);
});
