import assert from "node:assert/strict";
import fc from "fast-check";
import { type BatchRecord, Entry } from "../../src/batch/entry.ts";
import type { FaultKind } from "../../src/batch/fault.ts";
import { runBatch } from "../../src/batch/run_batch.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { RuntimeDied } from "../../src/engine/port.ts";
import { AbacusError } from "../../src/errors.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeEngine } from "../support/fake_engine.ts";

/** Entries of two tokens, the first of which is the index. */
function entries(count: number): Entry[] {
  return Array.from({ length: count }, (_, i) =>
    new Entry({
      query: { ids: Int32Array.of(i, 7), pool: [1], rows: [], measure: [] },
      group: "",
      sharedTokens: 0,
    }, { arrivedMs: 0 }));
}

async function run(engine: Engine, count: number) {
  const batches: BatchRecord[] = [];
  const all = entries(count);
  const onBatch = (batch: BatchRecord) => void batches.push(batch);
  await runBatch(all, { engine, clock: new FakeClock(), onBatch });
  assert.ok(all.every((entry) => entry.settled), "somebody was left to hang");
  return { results: await Promise.all(all.map((entry) => entry.result)), batches };
}

function engineWithBad(...bad: number[]): FakeEngine {
  return new FakeEngine({ notFinite: (ids) => bad.includes(ids[0]!) });
}

Deno.test("every entry of a good batch has its own output and the batch's cost", async () => {
  const engine = new FakeEngine();
  const { results, batches } = await run(engine, 3);
  const alone = await Promise.all(
    [0, 1, 2].map(async (i) =>
      (await new FakeEngine().run([{ ids: Int32Array.of(i, 7), pool: [1], rows: [], measure: [] }]))
        .outputs[0]
    ),
  );
  results.forEach((result, i) => {
    assert.ok(!(result instanceof AbacusError));
    assert.deepEqual(result.output, alone[i]);
    assert.equal(result.batch, batches[0]);
  });
  assert.deepEqual(batches, [{ sequences: 3, tokens: 6, computedTokens: 6, inferenceMs: 5 }]);
});

Deno.test("one bad sequence fails alone, without a path; the rest is run again together", async () => {
  const engine = engineWithBad(1);
  const { results } = await run(engine, 4);
  assert.deepEqual(engine.batches.map((batch) => batch.length), [4, 3]);
  assert.deepEqual(results.map((result) => result instanceof AbacusError), [
    false,
    true,
    false,
    false,
  ]);
  const [, error] = results;
  assert.ok(error instanceof AbacusError && error.kind === "model_failure");
  assert.equal(error.path, undefined);
});

Deno.test("after a second bad sequence the rest runs one by one", async () => {
  const engine = engineWithBad(0, 2, 3);
  const { results } = await run(engine, 5);
  assert.deepEqual(engine.batches.map((batch) => batch.length), [5, 4, 1, 1, 1]);
  assert.deepEqual(results.map((result) => result instanceof AbacusError), [
    true,
    false,
    true,
    true,
    false,
  ]);
});

Deno.test("whichever sequences are bad, exactly those fail, at the cost of three passes at most", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), async (bad) => {
      const engine = new FakeEngine({ notFinite: (ids) => bad[ids[0]!]! });
      const { results } = await run(engine, bad.length);
      assert.deepEqual(results.map((result) => result instanceof AbacusError), bad);
      assert.ok(engine.batches.flat().length <= 3 * bad.length);
    }),
  );
});

const failures: readonly (readonly [string, unknown, RegExp])[] = [
  [
    "an error of ours",
    new AbacusError("model_failure", "Cannot run as the worker died"),
    /^Cannot run as the worker died$/,
  ],
  [
    "an error of another kind",
    new TypeError("boom"),
    /^Cannot score as the engine failed: received boom$/,
  ],
  ["something that is no error", "boom", /^Cannot score as the engine failed: received boom$/],
  [
    "blame outside the batch",
    new AbacusError("model_failure", "Cannot run", { path: "[9]" }),
    /^Cannot run$/,
  ],
  [
    "another kind with a path",
    new AbacusError("overloaded", "Cannot run", { path: "[0]" }),
    /^Cannot run$/,
  ],
];

for (const [name, thrown, message] of failures) {
  Deno.test(`${name}, whatever is run, fails every entry of the batch`, async () => {
    let runs = 0;
    const { results } = await run(engineThat(() => (runs++, Promise.reject(thrown))), 3);
    // All, halves, and their halves; an engine that cannot be asked is asked once.
    assert.equal(runs, (thrown as Partial<AbacusError>).kind === "overloaded" ? 1 : 5);
    for (const result of results) {
      assert.ok(result instanceof AbacusError);
      assert.match(result.message, message);
      assert.equal(result.path, undefined);
    }
  });
}

Deno.test("an engine that throws at once, without a promise, leaves nobody hanging", async () => {
  const engine = engineThat(() => {
    throw new Error("no worker");
  });
  const { results } = await run(engine, 2);
  assert.ok(results.every((result) => result instanceof AbacusError));
});

Deno.test("an engine that answers too few is a model failure", async () => {
  const engine = engineThat(() =>
    Promise.resolve({ outputs: [], computedTokens: 0, inferenceMs: 1 })
  );
  const { results: [result] } = await run(engine, 1);
  assert.ok(result instanceof AbacusError);
  assert.equal(result.message, "Cannot score as the engine must answer 1 sequences: received 0");
});

Deno.test("the wait ends where the model begins", async () => {
  const clock = new FakeClock();
  const [entry] = entries(1);
  clock.advance(30);
  await runBatch([entry!], {
    engine: new FakeEngine({ inferenceMs: 12 }),
    clock,
    onBatch: () => {},
  });
  const result = await entry!.result;
  assert.ok(!(result instanceof AbacusError));
  assert.equal(result.queueMs, 18);
});

function engineThat(run: Engine["run"]): Engine {
  return {
    facts: new FakeEngine().facts,
    capacity: 1,
    run,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** How an engine takes a batch that it cannot run. */
type Trouble = "died" | "out_of_memory" | "failed";

/** An engine that dies of any batch with a certain first token, as its process would. */
function mortal(poison: ReadonlySet<number>, how: Trouble = "died") {
  const batches: number[][] = [];
  const engine = new FakeEngine();
  const run: Engine["run"] = (queries) => {
    const firsts = queries.map(({ ids }) => ids[0]!);
    batches.push(firsts);
    if (!firsts.some((first) => poison.has(first))) return engine.run(queries);
    if (how === "died") return Promise.reject(death({ underWay: true }));
    return Promise.reject(new Error(how === "failed" ? "index out of range" : "std::bad_alloc"));
  };
  return { engine: engineThat(run), batches };
}

function death({ underWay }: { underWay: boolean }): AbacusError {
  const cause = new RuntimeDied("the engine's process ended: received SIGABRT", {
    reason: "SIGABRT",
    underWay,
  });
  return new AbacusError("model_failure", "Cannot run the model: it ended", { cause });
}

/** What a batch with poison among it comes to. */
async function searched(
  count: number,
  poison: readonly number[],
  how?: Trouble,
) {
  const { engine, batches } = mortal(new Set(poison), how);
  const faults: FaultKind[] = [];
  const batch = entries(count);
  const onFault = (kind: FaultKind) => void faults.push(kind);
  await runBatch(batch, { engine, clock: new FakeClock(), onBatch: () => {}, onFault });
  const results = await Promise.all(batch.map(({ result }) => result));
  const failed = results.flatMap((result, i) => result instanceof AbacusError ? [i] : []);
  return { results, failed, faults, batches };
}

Deno.test("one among 512 that kills the engine fails alone, after twelve deaths", async () => {
  const { failed, faults, results } = await searched(512, [300]);
  assert.deepEqual([failed, faults.length], [[300], 12]);
  assert.ok(faults.every((kind) => kind === "died"));
  const { kind, message, path } = results[300] as AbacusError;
  assert.deepEqual([kind, path], ["model_failure", undefined]);
  assert.equal(
    message,
    "Cannot score as the engine died of it twice: received Cannot run the model: it ended",
  );
});

Deno.test("whichever kill it, exactly those fail", async () => {
  const few = fc.uniqueArray(fc.nat(19), { maxLength: 3 });
  await fc.assert(fc.asyncProperty(few, async (poison) => {
    const { failed } = await searched(20, poison);
    assert.deepEqual(failed, poison.toSorted((one, other) => one - other));
  }));
});

Deno.test("whichever the model fails of, exactly those fail, with the model's own words", async () => {
  const { failed, faults, results } = await searched(512, [300], "failed");
  assert.deepEqual([failed, faults.length], [[300], 10]);
  assert.match(
    (results[300] as AbacusError).message,
    /engine failed: received index out of range$/,
  );
  const few = fc.uniqueArray(fc.nat(19), { maxLength: 5 });
  await fc.assert(fc.asyncProperty(few, async (bad) => {
    const { failed } = await searched(20, bad, "failed");
    assert.deepEqual(failed, bad.toSorted((one, other) => one - other));
  }));
});

Deno.test("an engine that fails of everything is not asked for ever", async () => {
  const everything = Array.from({ length: 512 }, (_, i) => i);
  const { failed, batches } = await searched(512, everything, "failed");
  assert.equal(failed.length, 512);
  assert.ok(batches.flat().length <= 512 * 8, `${batches.flat().length} texts were run`);
});

Deno.test("whichever do not fit into memory, exactly those fail, without a death", async () => {
  const some = fc.uniqueArray(fc.nat(19), { minLength: 1, maxLength: 20 });
  await fc.assert(fc.asyncProperty(some, async (large) => {
    const { failed, results, faults } = await searched(20, large, "out_of_memory");
    assert.deepEqual(failed, large.toSorted((one, other) => one - other));
    assert.match(
      (results[large[0]!] as AbacusError).message,
      /^Cannot score as memory does not suffice for it alone: received .*bad_alloc/,
    );
    assert.ok(faults.every((kind) => kind === "out_of_memory"));
  }));
});

Deno.test("a batch too large for the memory is answered in halves", async () => {
  const engine = new FakeEngine();
  engine.failNext(new Error("std::bad_alloc"));
  const { results } = await run(engine, 5);
  assert.deepEqual(engine.batches.map(({ length }) => length), [5, 3, 2]);
  assert.ok(results.every((result) => !(result instanceof AbacusError)));
});

Deno.test("a batch of which the engine died by chance is answered when it is run once more", async () => {
  const engine = new FakeEngine();
  engine.failNext(death({ underWay: true }));
  const { results } = await run(engine, 4);
  assert.deepEqual(engine.batches.map(({ length }) => length), [4, 4]);
  assert.ok(results.every((result) => !(result instanceof AbacusError)));
});

Deno.test("a batch that waited behind another's death is run whole as often as that happens", async () => {
  const engine = new FakeEngine();
  for (let deaths = 0; deaths < 20; deaths++) engine.failNext(death({ underWay: false }));
  const { results } = await run(engine, 3);
  assert.ok(engine.batches.every(({ length }) => length === 3));
  assert.equal(engine.batches.length, 21);
  assert.ok(results.every((result) => !(result instanceof AbacusError)));
});

Deno.test("the search ends after 64 deaths, and interruptions after 256", async () => {
  for (const [underWay, most] of [[true, 64], [false, 256]] as const) {
    let runs = 0;
    const engine = engineThat(() => {
      runs++;
      return Promise.reject(death({ underWay }));
    });
    const { results } = await run(engine, 512);
    assert.ok(results.every((result) => result instanceof AbacusError));
    assert.ok(results.some((result) => /failed too often/.test((result as AbacusError).message)));
    assert.ok(runs > most && runs <= 2 * most + 1, `${runs} runs`);
  }
});

Deno.test("whoever was answered meanwhile is not run again", async () => {
  const { engine, batches } = mortal(new Set([0]));
  const batch = entries(2);
  const running = runBatch(batch, { engine, clock: new FakeClock(), onBatch: () => {} });
  batch[0]!.settle(new AbacusError("cancelled", "Cannot score as the caller left"));
  await running;
  assert.deepEqual(batches, [[0, 1], [1]]);
});
