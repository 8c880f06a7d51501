import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type BatchLimits,
  planBatch,
  turnsPerBatch,
  type Waiting,
  type WaitingCall,
} from "../../src/batch/plan.ts";

/** A call that names itself. */
interface NamedCall extends WaitingCall<Waiting> {
  readonly name: string;
}

// Entries of one group share the same number of tokens, as they do where groups are prompts.
const sharedBy: Readonly<Record<string, number>> = { a: 0, b: 4, c: 15, d: 40 };

const entry: fc.Arbitrary<Waiting> = fc.record({
  own: fc.integer({ min: 1, max: 30 }),
  group: fc.constantFrom("a", "b", "c", "d"),
}).map(({ own, group }) => ({
  tokens: own + sharedBy[group]!,
  group,
  sharedTokens: sharedBy[group]!,
}));

const calls: fc.Arbitrary<NamedCall[]> = fc.array(
  fc.array(entry, { minLength: 1, maxLength: 12 }),
  { maxLength: 12 },
).map((lists) => lists.map((entries, i) => ({ name: `${i}`, entries })));

const limits: fc.Arbitrary<BatchLimits> = fc.record({
  maxTokens: fc.integer({ min: 1, max: 600 }),
  maxSequences: fc.integer({ min: 1, max: 40 }),
});

/** Checks a property of the plan for every queue and limits. */
function holds(property: (waiting: NamedCall[], limits: BatchLimits) => void): void {
  fc.assert(fc.property(calls, limits, property), { numRuns: 500 });
}

function entriesOf(waiting: readonly WaitingCall<Waiting>[]): Waiting[] {
  return waiting.flatMap(({ entries }) => entries);
}

/** The queue after a batch, as the batcher's line has it. */
function after(waiting: readonly NamedCall[], limits: BatchLimits) {
  const { batch, served, full } = planBatch(waiting, limits);
  const taken = new Set(batch);
  const left = (call: NamedCall) => ({
    name: call.name,
    entries: call.entries.filter((entry) => !taken.has(entry)),
  });
  const turned = new Set(served);
  const rest = [...waiting.filter((call) => !turned.has(call)), ...served]
    .map(left).filter(({ entries }) => entries.length > 0);
  return { batch, rest, full };
}

Deno.test("a batch holds entries that wait, none of them twice", () => {
  holds((waiting, limits) => {
    const { batch } = planBatch(waiting, limits);
    const all = new Set(entriesOf(waiting));
    assert.equal(new Set(batch).size, batch.length);
    assert.ok(batch.every((entry) => all.has(entry)));
  });
});

Deno.test("a batch stays within the budget, unless it is one entry", () => {
  holds((waiting, limits) => {
    const { batch } = planBatch(waiting, limits);
    if (batch.length <= 1) return;
    assert.ok(batch.length <= limits.maxSequences);
    assert.ok(computedTokens(batch) <= limits.maxTokens);
  });
});

Deno.test("the oldest entry of the call whose turn it is always goes", () => {
  holds((waiting, limits) => {
    const { batch } = planBatch(waiting, limits);
    if (waiting.length === 0) assert.deepEqual(batch, []);
    else assert.ok(batch.includes(waiting[0]!.entries[0]!));
  });
});

Deno.test("a batch is full just where something waits that is not in it", () => {
  holds((waiting, limits) => {
    const { batch, full } = planBatch(waiting, limits);
    assert.equal(full, batch.length < entriesOf(waiting).length);
  });
});

Deno.test("within a group of a call the order of the call holds", () => {
  holds((waiting, limits) => {
    const taken = new Set(planBatch(waiting, limits).batch);
    for (const { entries } of waiting) {
      for (const group of Map.groupBy(entries, ({ group }) => group).values()) {
        const first = group.findIndex((entry) => !taken.has(entry));
        assert.ok(first < 0 || group.slice(first).every((entry) => !taken.has(entry)));
      }
    }
  });
});

Deno.test("the groups of a batch stand together", () => {
  holds((waiting, limits) => {
    const groups = planBatch(waiting, limits).batch.map(({ group }) => group);
    const runs = groups.filter((group, i) => group !== groups[i - 1]);
    assert.equal(new Set(runs).size, runs.length);
  });
});

Deno.test("every call has an entry in a batch by the bound, whatever comes later", () => {
  fc.assert(
    fc.property(calls, limits, fc.array(calls, { maxLength: 20 }), (waiting, limits, arrivals) => {
      const turns = turnsPerBatch(entriesOf([...waiting, ...arrivals.flat()]), limits);
      const bounds = new Map(waiting.map(({ name }, k) => [name, Math.floor(k / turns) + 1]));
      const firsts = new Map(waiting.map(({ name, entries }) => [name, new Set(entries)]));
      let queue: readonly NamedCall[] = waiting;
      for (let batches = 1; bounds.size > 0; batches++) {
        const { batch, rest } = after(queue, limits);
        for (const [name, bound] of bounds) {
          if (batch.some((entry) => firsts.get(name)!.has(entry))) bounds.delete(name);
          else assert.ok(batches < bound, `call ${name} is not in batch ${batches}`);
        }
        const late = (arrivals[batches - 1] ?? []).map(({ name, entries }) => ({
          name: `late ${batches} ${name}`,
          entries,
        }));
        queue = [...rest, ...late];
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("a call of many gets a turn again within the bound", () => {
  holds((waiting, limits) => {
    const turns = turnsPerBatch(entriesOf(waiting), limits);
    const bound = Math.floor(Math.max(0, waiting.length - 1) / turns) + 1;
    const unserved = new Map(waiting.map(({ name }) => [name, 0]));
    let queue: readonly NamedCall[] = waiting;
    while (queue.length > 0) {
      const { batch, rest } = after(queue, limits);
      for (const { name, entries } of queue) {
        const served = entries.some((entry) => batch.includes(entry));
        unserved.set(name, served ? 0 : unserved.get(name)! + 1);
        assert.ok(unserved.get(name)! < bound + 1);
      }
      queue = rest;
    }
  });
});

Deno.test("planning until nothing is left serves everybody once", () => {
  holds((waiting, limits) => {
    const served: Waiting[] = [];
    let queue: readonly NamedCall[] = waiting;
    while (queue.length > 0) {
      const { batch, rest } = after(queue, limits);
      served.push(...batch);
      queue = rest;
    }
    const all = entriesOf(waiting);
    assert.equal(served.length, all.length);
    assert.deepEqual(new Set(served), new Set(all));
  });
});

/** Calls of one group each, with as many entries of as many tokens. */
function bulk(name: string, count: number, { tokens = 100, sharedTokens = 0 } = {}): NamedCall {
  const groupOf = (i: number) => sharedTokens === 0 ? `${name}${i}` : name;
  return {
    name,
    entries: Array.from({ length: count }, (_, i) => ({ tokens, sharedTokens, group: groupOf(i) })),
  };
}

const usual: BatchLimits = { maxTokens: 16_384, maxSequences: 512 };

Deno.test("ten thousand completions of one call let single ones into the very next batch", () => {
  const singles = Array.from({ length: 64 }, (_, i) => bulk(`single${i}`, 1));
  const { batch } = planBatch([bulk("bulk", 10_000), ...singles], usual);
  const waiting = new Set(batch);
  assert.ok(singles.every(({ entries }) => waiting.has(entries[0]!)));
  assert.ok(batch.length > 150, "the batch is filled up with the others");
});

Deno.test("one long call alone fills its batches, and two share them", () => {
  const [one, other] = [bulk("one", 10_000), bulk("other", 10_000)];
  assert.equal(planBatch([one], usual).batch.length, 163);
  const both = planBatch([one, other], usual).batch;
  const ofOne = both.filter((entry) => one.entries.includes(entry)).length;
  assert.deepEqual([both.length, ofOne], [163, 83]);
});

Deno.test("a prompt's completions go together where cutting them would cost the prompt again", () => {
  // Sixteen calls of one long prompt with eight completions each.
  const shape = { tokens: 1_500, sharedTokens: 1_300 };
  const prompts = Array.from({ length: 16 }, (_, i) => bulk(`${i}`, 8, shape));
  const { batch } = planBatch(prompts, usual);
  const sizes = [...Map.groupBy(batch, ({ group }) => group).values()].map(({ length }) => length);
  assert.deepEqual(sizes, [8, 8, 8, 8, 8, 2]);
});

Deno.test("a turn does not begin with a prompt that it would have to cut", () => {
  const call = {
    name: "two prompts",
    entries: [
      ...bulk("a", 5, { tokens: 300, sharedTokens: 100 }).entries,
      ...bulk("b", 6, {
        tokens: 300,
        sharedTokens: 200,
      }).entries,
    ],
  };
  const { batch } = planBatch([call, bulk("other", 1_000)], {
    maxTokens: 12_000,
    maxSequences: 512,
  });
  // Its turns are of 1,500 tokens: the first holds a, and b has one to itself.
  const groups = [...new Set(batch.map(({ group }) => group))];
  assert.equal(groups[0], "a");
  assert.ok(groups.indexOf("b") > groups.indexOf("other0"));
});

Deno.test("what others ask of the same prompt rides along in what a turn has left", () => {
  const shape = { tokens: 30, sharedTokens: 20 };
  const [a1, other, a2] = [bulk("a", 1, shape), bulk("other", 1), bulk("a", 1, shape)];
  const { batch } = planBatch([a1, other, a2], { maxTokens: 140, maxSequences: 16 });
  assert.deepEqual(batch.map(({ group }) => group), ["a", "a", "other0"]);
});

Deno.test("an entry larger than the budget runs, and runs alone", () => {
  const [large, small] = [bulk("large", 1, { tokens: 500 }), bulk("small", 1, { tokens: 1 })];
  const { batch, full } = planBatch([large, small], { maxTokens: 100, maxSequences: 9 });
  assert.deepEqual([batch, full], [large.entries, true]);
});

Deno.test("a large entry is not passed by the small ones behind it", () => {
  const waiting = [60, 70, 10].map((tokens, i) => bulk(`${i}`, 1, { tokens }));
  const { batch } = planBatch(waiting, { maxTokens: 100, maxSequences: 9 });
  assert.deepEqual(batch, waiting[0]!.entries);
});

Deno.test("a prompt that never stops coming does not starve the others", () => {
  const shape = { tokens: 30, sharedTokens: 20 };
  let count = 0;
  const flood = () => ({ ...bulk("flood", 1, shape), name: `flood ${count++}` });
  const patient = bulk("patient", 1, { tokens: 30 });
  let waiting: readonly NamedCall[] = [flood(), flood(), patient];
  for (let batches = 1;; batches++) {
    const { batch, rest } = after(waiting, { maxTokens: 50, maxSequences: 9 });
    if (batch.includes(patient.entries[0]!)) return assert.ok(batches <= 2);
    waiting = [...rest, flood(), flood(), flood(), flood()];
  }
});

/** What the model computes of a batch: each group's shared tokens once. */
function computedTokens(batch: readonly Waiting[]): number {
  const groups = Map.groupBy(batch, (entry) => entry.group);
  return [...groups.values()].flat().reduce(
    (total, entry) =>
      total + entry.tokens - (groups.get(entry.group)![0] === entry ? 0 : entry.sharedTokens),
    0,
  );
}
