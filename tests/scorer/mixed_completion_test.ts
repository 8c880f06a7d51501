import assert from "node:assert/strict";
import { mixedCompletion } from "../../src/scorer/mixed_completion.ts";
import type { ScoredCompletion } from "../../src/scorer/scored.ts";

function scored(score: number, rewards: number[], more: Partial<ScoredCompletion> = {}) {
  return { score, rewards: Float64Array.from(rewards), truncated: false, ...more };
}

function mixed(...parts: readonly (readonly [weight: number, completion: ScoredCompletion])[]) {
  return mixedCompletion(
    parts.map(([weight, completion], i) => ({ name: `m${i}`, weight, completion })),
  );
}

Deno.test("score, rewards and offset are weighted sums, and the first member's tokens are told", () => {
  const tokenIds = Int32Array.of(4, 5);
  const offsets = [[0, 1], [1, 2]] as const;
  const one = scored(4, [1, 2], {
    offset: 1,
    tokenIds,
    offsets,
    readAt: { position: 1, tokenId: 5 },
  });
  const two = scored(-2, [-1, -1], { tokenIds: Int32Array.of(9), truncated: true });
  assert.deepEqual(mixed([0.5, one], [-1, two]), {
    score: 4,
    rewards: Float64Array.of(1.5, 2),
    offset: 0.5,
    tokenIds,
    offsets,
    truncated: true,
    members: [{ name: "m0", score: 4 }, { name: "m1", score: -2 }],
  });
});

Deno.test("shares are the mean by weight; without a sum of weights there is none", () => {
  const one = scored(1, [1, 0], { shares: Float64Array.of(1, 0), responseMass: 0.5 });
  const two = scored(1, [0, 1], {
    shares: Float64Array.of(0, 1),
    responseMass: 0.25,
    fallback: "uniform",
  });
  const both = mixed([3, one], [1, two]);
  assert.deepEqual(both.shares, Float64Array.of(0.75, 0.25));
  assert.deepEqual([both.responseMass, both.fallback], [0.25, "uniform"]);
  assert.equal(mixed([1, one], [-1, two]).shares, undefined);
  const none = mixed([1, one], [1, scored(1, [0, 1])]);
  assert.deepEqual([none.shares, none.responseMass], [undefined, undefined]);
});

Deno.test("residuals add up by weight; a member that read no token has none", () => {
  const one = scored(2, [0, 2], { residual: 1.5 });
  const two = scored(1, [0, 1], { residual: -0.5 });
  const none = scored(3, [], { offset: 3 });
  assert.equal(mixed([2, one], [-1, two]).residual, 3.5);
  assert.equal(mixed([2, one], [1, none]).residual, 3);
  assert.equal(mixed([1, scored(1, [1])], [1, scored(1, [1])]).residual, undefined);
  assert.equal(mixed([1, { ...none, offsets: [] }], [1, one]).residual, undefined);
});

Deno.test("where the first member has no token the whole sum belongs to none", () => {
  const both = mixed([1, scored(2, [], { offset: 2, offsets: [] })], [2, scored(3, [1, 2])]);
  assert.deepEqual([both.score, both.rewards.length, both.offset], [8, 0, 8]);
});

Deno.test("dropped is what no member has read", () => {
  const one = scored(1, [1], { dropped: [[0, 4], [6, 9]] });
  const two = scored(1, [1], { dropped: [[2, 7]] });
  assert.deepEqual(mixed([1, one], [1, two]).dropped, [[2, 4], [6, 7]]);
  assert.equal(mixed([1, one], [1, scored(1, [1])]).dropped, undefined);
});

Deno.test("ids that a member has cut off are paid nothing by it, whichever member that is", () => {
  const short = scored(3, [1, 2], {
    tokenIds: Int32Array.of(4, 5),
    shares: Float64Array.of(0.25, 0.75),
    truncated: true,
    units: [{ tokens: [0, 2], reward: 3 }],
  });
  const long = scored(6, [1, 2, 3], {
    tokenIds: Int32Array.of(4, 5, 6),
    shares: Float64Array.of(0.5, 0, 0.5),
    units: [{ tokens: [0, 1], reward: 1 }, { tokens: [1, 3], reward: 5 }],
  });
  for (const both of [mixed([1, short], [3, long]), mixed([3, long], [1, short])]) {
    assert.deepEqual([both.score, both.rewards], [21, Float64Array.of(4, 8, 9)]);
    assert.deepEqual([both.offset, both.truncated], [undefined, true]);
    assert.deepEqual(both.tokenIds, long.tokenIds);
    assert.deepEqual(both.shares, Float64Array.of(0.4375, 0.1875, 0.375));
    assert.deepEqual(both.units, [{ tokens: [0, 1], reward: 4 }, { tokens: [1, 3], reward: 17 }]);
  }
});

Deno.test("sums that break the law are refused", () => {
  const one = scored(2, [1, 1], { offsets: [[0, 1], [1, 2]] });
  const longer = scored(3, [1, 1, 1]);
  assert.throws(() => mixed([1, one], [2, longer]), {
    kind: "model_failure",
    message: "Cannot assign credit as the rewards must add up to the score 8: received 6",
  });
});

Deno.test("units go as far as any member has read, and hold all that is paid", () => {
  // The first read two tokens; the second read all but the third, which its template left out.
  const one = scored(3, [1, 2, 0, 0, 0], {
    units: [{ tokens: [0, 2], reward: 3, characters: [0, 9], standardError: 1 }],
  });
  const two = scored(6, [1, 1, 0, 2, 2], {
    units: [{ tokens: [0, 2], reward: 2, characters: [0, 4] }, {
      tokens: [3, 5],
      reward: 4,
      characters: [4, 9],
    }],
  });
  const units = [
    { tokens: [0, 2], reward: 5, characters: [0, 4] },
    { tokens: [2, 5], reward: 4, characters: [4, 9] },
  ];
  assert.deepEqual(mixed([1, one], [1, two]).units, units);
  assert.deepEqual(mixed([1, two], [1, one]).units, units);
  const nothing = scored(2, [0, 0], { offset: 2, units: [] });
  const both = scored(2, [1, 1], { units: [{ tokens: [0, 2], reward: 2 }] });
  assert.deepEqual(mixed([1, nothing], [1, both]).units, both.units);
});

Deno.test("shares are those of the members that read any of the tokens", () => {
  const none = scored(2, [0, 0], { offset: 2, shares: Float64Array.of(0, 0) });
  const some = scored(2, [1, 1], { shares: Float64Array.of(0.5, 0.5) });
  assert.deepEqual(mixed([0.7, none], [0.3, some]).shares, Float64Array.of(0.5, 0.5));
  assert.deepEqual(mixed([-0.3, none], [0.3, some]).shares, Float64Array.of(0.5, 0.5));
  assert.deepEqual(mixed([0.7, none], [0.3, none]).shares, Float64Array.of(0, 0));
});
