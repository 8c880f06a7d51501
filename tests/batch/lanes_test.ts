import assert from "node:assert/strict";
import fc from "fast-check";
import { partOf } from "../../src/batch/lanes.ts";
import { planBatch } from "../../src/batch/plan.ts";

interface Entry {
  readonly tokens: number;
  readonly group: string;
  readonly sharedTokens: number;
}

function group(name: string, count: number, { tokens = 50, sharedTokens = 0 } = {}): Entry[] {
  return Array.from({ length: count }, () => ({ tokens, sharedTokens, group: name }));
}

const limits = { maxTokens: 10_000, maxSequences: 512 };

function planOf(entries: readonly Entry[], within = limits) {
  return planBatch<Entry, { entries: readonly Entry[] }>([{ entries }], within);
}

Deno.test("two free lanes get half of what waits each", () => {
  const plan = planOf(["a", "b", "c", "d"].flatMap((name) => group(name, 1)));
  const part = partOf(plan, 2);
  assert.deepEqual(part.batch.map((entry) => entry.group), ["a", "b"]);
  assert.deepEqual([part.served, part.full], [[], false]);
});

Deno.test("a group is not torn apart, and its shared prompt counts once", () => {
  const shared = { tokens: 1_010, sharedTokens: 1_000 };
  const one = planOf(group("a", 16, shared));
  assert.equal(partOf(one, 2), one);
  const two = planOf([...group("a", 16, shared), ...group("b", 2, shared)]);
  assert.equal(partOf(two, 2).batch.length, 16);
});

Deno.test("a lane by itself, and one beside which more waits, get the whole plan", () => {
  const plan = planOf([...group("a", 3), ...group("b", 3)]);
  for (const free of [1, 0, -1]) assert.equal(partOf(plan, free), plan);
  const full = planOf([...group("a", 3), ...group("b", 3)], { ...limits, maxTokens: 200 });
  assert.ok(full.full);
  assert.equal(partOf(full, 2), full);
});

Deno.test("lane after lane, everything is handed out once and in whole groups", () => {
  const groups = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 90 })),
    {
      minLength: 1,
      maxLength: 12,
    },
  );
  fc.assert(fc.property(groups, fc.integer({ min: 1, max: 5 }), (groups, lanes) => {
    const all = groups.flatMap(([count, tokens], i) => group(`g${i}`, count, { tokens }));
    let rest: Entry[] = all;
    const parts: Entry[][] = [];
    for (let free = lanes; free > 0 && rest.length > 0; free--) {
      const { batch } = partOf(planOf(rest), free);
      assert.ok(batch.length > 0);
      parts.push([...batch]);
      rest = rest.filter((entry) => !batch.includes(entry));
    }
    assert.equal(rest.length, 0);
    assert.equal(new Set(parts.flat()).size, all.length);
    const placed = parts.flatMap((part) => [...new Set(part.map((entry) => entry.group))]);
    assert.equal(new Set(placed).size, placed.length, "a group stands in two batches");
  }));
});
