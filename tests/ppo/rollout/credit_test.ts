import assert from "node:assert/strict";
import fc from "fast-check";
import { ownAttentionCredit, sharesScore } from "../../../src/ppo/rollout/credit.ts";
import golden from "../../golden/ppo.json" with { type: "json" };
import { assertNear } from "../math/arbitrary_rows.ts";

const weight = fc.double({ min: 0, max: 1, noNaN: true });
const map = fc.nat({ max: 12 })
  .chain((tokens) => fc.array(weight, { minLength: tokens ** 2, maxLength: tokens ** 2 }))
  .map((weights) => Float64Array.from(weights));
const score = fc.double({ min: -20, max: 20, noNaN: true });

Deno.test("rewards are shares of a score by some methods, and of a mixture's by the policy's own attention alone", () => {
  for (const method of ["abc", "uniform", "terminal"] as const) {
    assert.deepEqual([sharesScore({ method }), sharesScore({ method }, { isMixture: true })], [
      true,
      false,
    ]);
  }
  for (const isMixture of [true, false]) {
    assert.equal(sharesScore({ method: "abcd" }, { isMixture }), true);
    assert.equal(sharesScore({ method: "red" }, { isMixture }), false);
  }
});

Deno.test("shares and rewards match numpy on a causal softmax", () => {
  for (const { score, beta, ...example } of golden.own_attention) {
    const attention = Float64Array.from(example.attention);
    const credit = ownAttentionCredit(score, { attention, beta });
    assertNear(credit.shares!, example.shares);
    assertNear(credit.rewards, example.rewards);
    assert.equal(credit.fallback, undefined);
  }
});

Deno.test("a column is averaged over the rows that can see it, and its weight stays at its token", () => {
  const attention = Float64Array.of(
    ...[0.2, 0, 0],
    ...[0.4, 0.1, 0],
    ...[0.6, 0.3, 0.4],
  );
  // Columns: (0.2 + 0.4 + 0.6) / 3, (0.1 + 0.3) / 2, 0.4; together 1.
  const { shares, rewards } = ownAttentionCredit(-2, { attention, beta: 0.5 });
  assertNear(shares!, [0.4, 0.2, 0.4]);
  assertNear(rewards, [-0.4, -0.2, -0.4 - 1]);
});

Deno.test("even attention gives equal shares, however many rows see a token", () => {
  const attention = new Float64Array(25).fill(0.1);
  assertNear(ownAttentionCredit(1, { attention, beta: 1 }).rewards, new Array(5).fill(0.2));
});

Deno.test("rewards sum to the score, and shares to 1", () => {
  fc.assert(fc.property(map, score, weight, (attention, score, beta) => {
    const { rewards, shares, offset = 0 } = ownAttentionCredit(score, { attention, beta });
    assertNear([total(rewards) + offset], [score]);
    if (attention.length > 0) assertNear([total(shares!)], [1]);
  }));
});

Deno.test("entries above the diagonal are ignored", () => {
  fc.assert(fc.property(map, (attention) => {
    const tokens = Math.sqrt(attention.length);
    const clean = attention.map((each, i) => i % tokens > Math.floor(i / tokens) ? NaN : each);
    const found = ownAttentionCredit(1, { attention: clean, beta: 1 });
    assert.deepEqual(found, ownAttentionCredit(1, { attention, beta: 1 }));
  }));
});

Deno.test("no attention falls back to equal shares and says so", () => {
  const credit = ownAttentionCredit(3, { attention: new Float64Array(9), beta: 1 });
  assert.equal(credit.fallback, "uniform");
  assertNear(credit.rewards, [1, 1, 1]);
});

Deno.test("without tokens the score is in the offset", () => {
  const credit = ownAttentionCredit(3, { attention: new Float64Array(0), beta: 1 });
  assert.equal(credit.offset, 3);
  assert.equal(credit.rewards.length, 0);
  assert.equal(credit.fallback, undefined);
});

Deno.test("attention of NaN gives rewards of NaN", () => {
  const { rewards } = ownAttentionCredit(3, { attention: Float64Array.of(NaN), beta: 1 });
  assert.ok(Number.isNaN(rewards[0]));
});

Deno.test("attention that is not square is an error", () => {
  assert.throws(
    () => ownAttentionCredit(1, { attention: new Float64Array(8), beta: 1 }),
    RangeError,
  );
});

function total(row: Float64Array): number {
  return row.reduce((sum, each) => sum + each, 0);
}

Deno.test("a unit of several tokens has what they receive together, and is paid as it is chosen", () => {
  const attention = Float64Array.from([1, 0, 0, 0.5, 0.5, 0, 0.25, 0.25, 0.5]);
  const plain = ownAttentionCredit(6, { attention, beta: 1 });
  const units = [[0, 2], [2, 3]] as const;
  const paid = (pay: "last" | "spread") =>
    ownAttentionCredit(6, { attention, beta: 1, units, choice: { unit: "sentence", pay } }).rewards;
  const [first, second, third] = plain.rewards;
  assertNear(paid("last"), [0, first! + second!, third!]);
  assertNear(paid("spread"), [(first! + second!) / 2, (first! + second!) / 2, third!]);
});
