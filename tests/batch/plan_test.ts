import assert from "node:assert/strict";
import fc from "fast-check";
import { type BatchLimits, planBatch, type Waiting } from "../../src/batch/plan.ts";

const NOW_MS = 100;

const entry: fc.Arbitrary<Waiting> = fc.record({
  tokens: fc.integer({ min: 1, max: 60 }),
  group: fc.constantFrom("a", "b", "c", "d"),
  shared: fc.double({ min: 0, max: 1, noNaN: true }),
  deadlineMs: fc.constantFrom(Infinity, Infinity, 200, NOW_MS, 50),
  settled: fc.constantFrom(false, false, false, true),
}).map(({ shared, ...rest }) => ({ ...rest, sharedTokens: Math.floor(shared * rest.tokens) }));

const queue = fc.array(entry, { maxLength: 60 });

const limits: fc.Arbitrary<BatchLimits> = fc.record({
  maxTokens: fc.integer({ min: 1, max: 300 }),
  maxSequences: fc.integer({ min: 1, max: 20 }),
});

/** Checks a property of the plan for every queue and limits. */
function holds(property: (waiting: Waiting[], limits: BatchLimits) => void): void {
  fc.assert(fc.property(queue, limits, property), { numRuns: 500 });
}

function plan(waiting: readonly Waiting[], limits: BatchLimits) {
  return planBatch(waiting, { limits, nowMs: NOW_MS });
}

Deno.test("no entry is lost and none is in two places", () => {
  holds((waiting, limits) => {
    const { batch, rest, expired } = plan(waiting, limits);
    const placed = [...batch, ...rest, ...expired];
    assert.equal(new Set(placed).size, placed.length);
    assert.deepEqual(new Set(placed), new Set(waiting.filter((entry) => !entry.settled)));
  });
});

Deno.test("a batch stays within the budget, unless it is one entry", () => {
  holds((waiting, limits) => {
    const { batch } = plan(waiting, limits);
    if (batch.length <= 1) return;
    assert.ok(batch.length <= limits.maxSequences);
    assert.ok(computedTokens(batch) <= limits.maxTokens);
  });
});

Deno.test("whoever is expired or settled costs nothing", () => {
  holds((waiting, limits) => {
    const { batch, rest, expired } = plan(waiting, limits);
    assert.ok([...batch, ...rest].every((entry) => !entry.settled && entry.deadlineMs > NOW_MS));
    assert.ok(expired.every((entry) => !entry.settled && entry.deadlineMs <= NOW_MS));
  });
});

Deno.test("the oldest entry always goes", () => {
  holds((waiting, limits) => {
    const { batch, rest, expired } = plan(waiting, limits);
    const oldest = waiting.find((entry) => !entry.settled && !expired.includes(entry));
    if (oldest === undefined) assert.equal(batch.length + rest.length, 0);
    else assert.equal(batch[0], oldest);
  });
});

Deno.test("an entry is passed only by those who ride along with an older one", () => {
  holds((waiting, limits) => {
    const { batch, rest } = plan(waiting, limits);
    const arrival = new Map(waiting.map((entry, i) => [entry, i]));
    for (const left of rest) {
      for (const taken of batch) {
        if (arrival.get(taken)! < arrival.get(left)!) continue;
        const host = batch.find((entry) => entry.group === taken.group)!;
        assert.ok(arrival.get(host)! < arrival.get(left)!);
      }
    }
  });
});

Deno.test("within a group, and in what is left, the order of arrival holds", () => {
  holds((waiting, limits) => {
    const { batch, rest, expired } = plan(waiting, limits);
    const arrival = new Map(waiting.map((entry, i) => [entry, i]));
    const ordered = (entries: readonly Waiting[]) =>
      entries.every((entry, i) => i === 0 || arrival.get(entries[i - 1]!)! < arrival.get(entry)!);
    assert.ok(ordered(rest) && ordered(expired));
    for (const group of ["a", "b", "c", "d"]) {
      const taken = batch.filter((entry) => entry.group === group);
      const left = rest.filter((entry) => entry.group === group);
      assert.ok(ordered([...taken, ...left]));
    }
  });
});

Deno.test("entries wait only when the next one does not fit", () => {
  holds((waiting, limits) => {
    const { batch, rest } = plan(waiting, limits);
    if (rest.length === 0) return;
    const groups = [...Map.groupBy([...batch, ...rest], (entry) => entry.group).values()].flat();
    const next = groups.find((entry) => rest.includes(entry))!;
    const full = batch.length >= limits.maxSequences;
    assert.ok(full || computedTokens([...batch, next]) > limits.maxTokens);
  });
});

Deno.test("one prompt's completions go together, ahead of what came between them", () => {
  const of = (group: string) => waitingEntry({ group, tokens: 30, sharedTokens: 20 });
  const [a1, b1, a2, b2] = [of("a"), of("b"), of("a"), of("b")];
  const { batch, rest } = plan([a1, b1, a2, b2], { maxTokens: 70, maxSequences: 9 });
  assert.deepEqual(batch, [a1, a2, b1]);
  assert.deepEqual(rest, [b2]);
});

Deno.test("an entry larger than the budget runs, and runs alone", () => {
  const [large, small] = [waitingEntry({ tokens: 500, group: "x" }), waitingEntry({ tokens: 1 })];
  const { batch, rest } = plan([large, small], { maxTokens: 100, maxSequences: 9 });
  assert.deepEqual([batch, rest], [[large], [small]]);
});

Deno.test("a large entry is not passed by the small ones behind it", () => {
  const [first, large, small] = [60, 70, 10].map((tokens, i) =>
    waitingEntry({ tokens, group: `${i}` })
  ) as [Waiting, Waiting, Waiting];
  const { batch, rest } = plan([first, large, small], { maxTokens: 100, maxSequences: 9 });
  assert.deepEqual([batch, rest], [[first], [large, small]]);
});

Deno.test("a prompt that never stops coming does not starve the others", () => {
  const flood = () => waitingEntry({ group: "flood", tokens: 30, sharedTokens: 20 });
  const patient = waitingEntry({ group: "patient", tokens: 30 });
  let waiting: readonly Waiting[] = [flood(), flood(), patient];
  for (let batches = 1;; batches++) {
    const { batch, rest } = plan(waiting, { maxTokens: 50, maxSequences: 9 });
    if (batch.includes(patient)) return assert.ok(batches <= 2);
    waiting = [...rest, flood(), flood(), flood(), flood()];
  }
});

Deno.test("planning until nothing is left serves everybody once", () => {
  holds((waiting, limits) => {
    let left = plan(waiting, limits);
    const served: Waiting[] = [...left.batch];
    while (left.rest.length > 0) {
      left = plan(left.rest, limits);
      served.push(...left.batch);
    }
    const live = waiting.filter((entry) => !entry.settled && entry.deadlineMs > NOW_MS);
    assert.equal(served.length, live.length);
    assert.deepEqual(new Set(served), new Set(live));
  });
});

function waitingEntry(change: Partial<Waiting>): Waiting {
  return {
    tokens: 10,
    group: "g",
    sharedTokens: 0,
    deadlineMs: Infinity,
    settled: false,
    ...change,
  };
}

/** What the model computes of a batch: each group's shared tokens once. */
function computedTokens(batch: readonly Waiting[]): number {
  const groups = Map.groupBy(batch, (entry) => entry.group);
  return [...groups.values()].flat().reduce(
    (total, entry) =>
      total + entry.tokens - (groups.get(entry.group)![0] === entry ? 0 : entry.sharedTokens),
    0,
  );
}
