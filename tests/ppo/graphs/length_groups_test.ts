import assert from "node:assert/strict";
import fc from "fast-check";
import { groupByLength, paddedSize } from "../../../src/ppo/graphs/length_groups.ts";
import { requestOf } from "../golden_policy.ts";

const requests = (lengths: readonly number[], max: number) =>
  lengths.map((length) => requestOf(new Array(length).fill(1), { min: 0, max }));

Deno.test("prompts of like length stay together, in the given order", () => {
  assert.deepEqual(groupByLength(requests([5, 2, 7, 3], 16)), [[0, 1, 2, 3]]);
  assert.deepEqual(groupByLength(requests([9], 1)), [[0]]);
});

Deno.test("one short prompt does not hold up the long ones", () => {
  const lengths = new Array(31).fill(200);
  assert.deepEqual(groupByLength(requests([...lengths.slice(0, 4), 3, ...lengths.slice(4)], 16)), [
    [4],
    [0, 1, 2, 3, ...Array.from({ length: 27 }, (_, i) => i + 5)],
  ]);
});

/** Decode steps of groups, and what each costs beside. */
function stepsOf(groups: readonly (readonly number[])[], lengths: readonly number[], max: number) {
  return groups.reduce((sum, group) => {
    const own = group.map((i) => lengths[i]!);
    return sum + Math.max(...own) - Math.min(...own) + max + 8;
  }, 0);
}

Deno.test("no other division into neighbours takes fewer steps, and every request is in one group", () => {
  const some = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(some, fc.integer({ min: 1, max: 20 }), (lengths, max) => {
      const groups = groupByLength(requests(lengths, max));
      assert.deepEqual(groups.flat().toSorted((a, b) => a - b), lengths.map((_, i) => i));
      const sorted = lengths.map((_, i) => i).sort((a, b) => lengths[a]! - lengths[b]!);
      const found = stepsOf(groups, lengths, max);
      for (let cuts = 0; cuts < 2 ** (lengths.length - 1); cuts++) {
        const others: number[][] = [[]];
        for (const [place, i] of sorted.entries()) {
          others.at(-1)!.push(i);
          if ((cuts >> place) & 1 && place < sorted.length - 1) others.push([]);
        }
        assert.ok(found <= stepsOf(others, lengths, max));
      }
    }),
    { numRuns: 50 },
  );
});

Deno.test("groups are padded to powers of two, up to all requests", () => {
  assert.deepEqual([1, 2, 3, 5, 31, 32].map((size) => paddedSize(size, 32)), [1, 2, 4, 8, 32, 32]);
  assert.equal(paddedSize(5, 6), 6);
});
