import assert from "node:assert/strict";
import fc from "fast-check";
import { tokenRewards } from "../../../src/ppo/math/token_rewards.ts";
import golden from "../../golden/ppo.json" with { type: "json" };
import { assertNear, rowsOf, twoRows } from "./arbitrary_rows.ts";

Deno.test("rewards are what torch gives on padded rows under a mask", () => {
  const { coefficient, rewards } = golden.token_rewards;
  const kl = rowsOf(golden.token_rewards.kl);
  for (const [i, credit] of rowsOf(golden.token_rewards.credit).entries()) {
    assertNear(tokenRewards({ credit, kl: kl[i]! }, coefficient), rewards[i]!, 1e-15);
  }
});

Deno.test("a penalty of nothing leaves the credit, and no row is changed", () => {
  fc.assert(fc.property(twoRows, ([credit, kl]) => {
    const before = [credit.slice(), kl.slice()];
    const rewards = tokenRewards({ credit, kl }, 0);
    assertNear(rewards, credit, 0);
    assert.notEqual(rewards, credit);
    assert.deepEqual([credit, kl], before);
  }));
});

Deno.test("the penalty is paid where it arises", () => {
  const [credit, kl] = [Float64Array.of(0, 0, 3), Float64Array.of(1, -2, 0)];
  assert.deepEqual([...tokenRewards({ credit, kl }, 0.5)], [-0.5, 1, 3]);
});

Deno.test("rows of two lengths are a mistake of the program", () => {
  const [credit, kl] = [new Float64Array(2), new Float64Array(1)];
  assert.throws(() => tokenRewards({ credit, kl }, 1), RangeError);
});
