import assert from "node:assert/strict";
import fc from "fast-check";
import { Batcher, type BatcherOptions } from "../../src/batch/batcher.ts";
import type { BatchRecord, Job, JobAnswer, JobResult } from "../../src/batch/entry.ts";
import { AbacusError } from "../../src/errors.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeEngine, type FakeEngineOptions } from "../support/fake_engine.ts";

/** A job of `tokens` tokens that nothing shares; `name` tells it from others. */
function job(name: number, tokens = 4): Job {
  const ids = new Int32Array(tokens).fill(name);
  return {
    query: { ids, pool: [tokens - 1], rows: [], measure: [] },
    group: `${name}`,
    sharedTokens: 0,
  };
}

function setUp(options: BatcherOptions["limits"] = {}, engineOptions: FakeEngineOptions = {}) {
  const clock = new FakeClock();
  const engine = new FakeEngine(engineOptions);
  const records: BatchRecord[] = [];
  const onBatch = (batch: BatchRecord) => void records.push(batch);
  return {
    clock,
    engine,
    records,
    batcher: new Batcher(engine, { limits: options, clock, onBatch }),
  };
}

/** Lets everything that can happen now happen. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** The names of the jobs of each batch that the engine was given. */
function batchesOf(engine: FakeEngine): number[][] {
  return engine.batches.map((batch) => batch.map((query) => query.ids[0]!));
}

function kinds(results: readonly JobResult[]): string[] {
  return results.map((result) => result instanceof AbacusError ? result.kind : "answer");
}

Deno.test("answers come in the order of the jobs, each what the engine says of it alone", async () => {
  const { batcher } = setUp({ maxTokens: 9 });
  const jobs = [5, 3, 9, 1, 7].map((name) => job(name));
  const results = await batcher.submit(jobs);
  for (const [i, result] of results.entries()) {
    const alone = await new FakeEngine().run([jobs[i]!.query]);
    assert.ok(!(result instanceof AbacusError));
    assert.deepEqual(result.output, alone.outputs[0]);
  }
});

Deno.test("submitting nothing gives nothing", async () => {
  const { batcher, engine } = setUp();
  assert.deepEqual(await batcher.submit([]), []);
  assert.equal(engine.batches.length, 0);
});

Deno.test("requests of the same turn share a batch, without waiting for more", async () => {
  const { batcher, engine } = setUp();
  await Promise.all([batcher.submit([job(1)]), batcher.submit([job(2), job(3)])]);
  assert.deepEqual(batchesOf(engine), [[1, 2, 3]]);
});

Deno.test("what comes while the engine is busy forms the next batch", async () => {
  const { batcher, engine } = setUp();
  engine.hold();
  const all = [batcher.submit([job(1)])];
  await settle();
  for (const name of [2, 3, 4]) {
    all.push(batcher.submit([job(name)]));
    await settle();
  }
  assert.deepEqual(batchesOf(engine), [[1]]);
  engine.release();
  await Promise.all(all);
  assert.deepEqual(batchesOf(engine), [[1], [2, 3, 4]]);
});

Deno.test("a full batch is handed over while one runs, so that the engine can prepare it", async () => {
  const { batcher, engine } = setUp({ maxTokens: 8 });
  engine.hold();
  const done = batcher.submit([1, 2, 3, 4, 5].map((name) => job(name)));
  await settle();
  assert.equal(batcher.stats.running, 2);
  assert.equal(batcher.stats.waiting, 1);
  engine.release();
  await done;
  assert.deepEqual(batchesOf(engine), [[1, 2], [3, 4], [5]]);
});

Deno.test("a request is admitted whole or not at all", () => {
  const { batcher } = setUp({ maxQueued: 10 });
  using _first = batcher.admit(6);
  assert.throws(() => batcher.admit(5), { kind: "overloaded", retryAfterS: 1 });
  assert.equal(batcher.stats.admitted, 6);
  using _second = batcher.admit(4);
  assert.throws(() => batcher.admit(1), {
    kind: "overloaded",
    message: "Cannot admit as the queue is full, with 10 completions admitted: received 1",
  });
});

Deno.test("places are free again once the permit is disposed of, and only once", () => {
  const { batcher } = setUp({ maxQueued: 10 });
  const permit = batcher.admit(10);
  permit[Symbol.dispose]();
  permit[Symbol.dispose]();
  assert.equal(batcher.stats.admitted, 0);
  batcher.admit(10)[Symbol.dispose]();
});

Deno.test("a request that could never fit is too large, not told to try again", () => {
  const { batcher } = setUp({ maxQueued: 10 });
  assert.throws(() => batcher.admit(11), {
    kind: "too_large",
    message: "Cannot admit as at most 10 completions fit into the queue: received 11",
    retryAfterS: undefined,
  });
});

Deno.test("nothing is admitted while too many tokens wait, and the pace says when to return", async () => {
  const { batcher, engine } = setUp({ maxTokens: 4, maxQueuedTokens: 12 }, { inferenceMs: 5_000 });
  await batcher.submit([job(0)]);
  engine.hold();
  const done = batcher.submit([1, 2, 3, 4, 5].map((name) => job(name)));
  await settle();
  assert.equal(batcher.stats.waitingTokens, 12);
  assert.throws(() => batcher.admit(1), { kind: "overloaded", retryAfterS: 15 });
  engine.release();
  await done;
  batcher.admit(1)[Symbol.dispose]();
});

Deno.test("a deadline that passes while waiting is told at once, and costs nothing", async () => {
  const { batcher, engine, clock } = setUp();
  engine.hold();
  const busy = batcher.submit([job(1)]);
  await settle();
  const late = batcher.submit([job(2), job(3)], { deadlineMs: 50 });
  clock.advance(49);
  await settle();
  assert.equal(batcher.stats.waiting, 2);
  clock.advance(1);
  assert.deepEqual(kinds(await late), ["deadline_exceeded", "deadline_exceeded"]);
  assert.equal(batcher.stats.waiting, 0);
  engine.release();
  assert.deepEqual(kinds(await busy), ["answer"]);
  assert.deepEqual(batchesOf(engine), [[1]]);
});

Deno.test("a deadline that passes while the batch runs frees the waiter, not the engine", async () => {
  const { batcher, engine, clock } = setUp();
  engine.hold();
  const late = batcher.submit([job(1)], { deadlineMs: 50 });
  await settle();
  clock.advance(60);
  assert.deepEqual(kinds(await late), ["deadline_exceeded"]);
  assert.equal(batcher.stats.running, 1);
  engine.release();
  await settle();
  assert.equal(batcher.stats.running, 0);
});

Deno.test("a deadline that has passed already never reaches the engine", async () => {
  const { batcher, engine, clock } = setUp();
  clock.advance(100);
  assert.deepEqual(kinds(await batcher.submit([job(1)], { deadlineMs: 100 })), [
    "deadline_exceeded",
  ]);
  assert.equal(engine.batches.length, 0);
  clock.advance(1);
});

Deno.test("an answer in time leaves no alarm behind", async () => {
  const { batcher, clock } = setUp();
  await batcher.submit([job(1)], { deadlineMs: 50 });
  assert.equal(clock.pending, 0);
});

Deno.test("whoever leaves is dropped before costing anything", async () => {
  const { batcher, engine } = setUp();
  engine.hold();
  const busy = batcher.submit([job(1)]);
  await settle();
  const caller = new AbortController();
  const gone = batcher.submit([job(2)], { signal: caller.signal });
  const other = batcher.submit([job(3)]);
  caller.abort();
  assert.deepEqual(kinds(await gone), ["cancelled"]);
  assert.equal(batcher.stats.waiting, 1);
  engine.release();
  await Promise.all([busy, other]);
  assert.deepEqual(batchesOf(engine), [[1], [3]]);
});

Deno.test("a caller who left before submitting costs nothing either", async () => {
  const { batcher, engine } = setUp();
  assert.deepEqual(kinds(await batcher.submit([job(1)], { signal: AbortSignal.abort() })), [
    "cancelled",
  ]);
  await settle();
  assert.equal(engine.batches.length, 0);
});

Deno.test("a signal's own reason is passed on where it is an error of ours", async () => {
  const { batcher } = setUp();
  const reason = new AbacusError("deadline_exceeded", "Cannot answer as the deadline has passed");
  const [result] = await batcher.submit([job(1)], { signal: AbortSignal.abort(reason) });
  assert.equal(result, reason);
});

Deno.test("a batch that fails fails its waiters only; the queue goes on", async () => {
  const { batcher, engine } = setUp({ maxTokens: 8 });
  engine.hold();
  const done = batcher.submit([1, 2, 3].map((name) => job(name)));
  await settle();
  engine.failNext(new AbacusError("overloaded", "Cannot score as no worker starts"));
  engine.release();
  assert.deepEqual(kinds(await done), ["overloaded", "overloaded", "answer"]);
});

Deno.test("a sequence without finite numbers fails alone, also across requests", async () => {
  const { batcher } = setUp({}, { notFinite: (ids) => ids[0] === 2 });
  const [one, two] = await Promise.all([
    batcher.submit([job(1), job(2)]),
    batcher.submit([job(3)]),
  ]);
  assert.deepEqual([kinds(one), kinds(two)], [["answer", "model_failure"], ["answer"]]);
});

Deno.test("draining refuses what is new and finishes what was admitted", async () => {
  const { batcher, engine } = setUp({ maxTokens: 4 });
  engine.hold();
  const permit = batcher.admit(3);
  const done = batcher.submit([1, 2].map((name) => job(name)));
  let drained = false;
  const drain = batcher.drain().then(() => drained = true);
  assert.throws(() => batcher.admit(1), { kind: "overloaded", message: /shutting down/ });
  engine.release();
  assert.deepEqual(kinds(await done), ["answer", "answer"]);
  await settle();
  assert.equal(drained, false, "a request that is admitted may still submit");
  assert.deepEqual(kinds(await batcher.submit([job(3)])), ["answer"]);
  permit[Symbol.dispose]();
  await drain;
  await batcher.drain();
});

Deno.test("an idle batcher is drained at once", async () => {
  await setUp().batcher.drain();
});

Deno.test("a drain does not wait for what its callers gave up", async () => {
  const { batcher, engine } = setUp();
  const caller = new AbortController();
  engine.hold();
  const running = batcher.submit([job(1)]);
  await settle();
  const gone = batcher.submit([job(2)], { signal: caller.signal });
  const drain = batcher.drain();
  engine.release();
  caller.abort();
  await Promise.all([running, gone, drain]);
});

Deno.test("every batch is told once, with what it cost", async () => {
  const { batcher, records } = setUp({ maxTokens: 8 });
  await batcher.submit([1, 2, 3].map((name) => job(name)));
  assert.deepEqual(records, [
    { sequences: 2, tokens: 8, computedTokens: 8, inferenceMs: 5 },
    { sequences: 1, tokens: 4, computedTokens: 4, inferenceMs: 5 },
  ]);
  assert.deepEqual(batcher.stats.lastBatch, records[1]);
});

Deno.test("the same question is computed once, for all who ask it while it waits or runs", async () => {
  const { batcher, engine } = setUp();
  engine.hold();
  const first = batcher.submit([job(1)]);
  await settle();
  const others = [batcher.submit([job(1), job(2)]), batcher.submit([job(2)])];
  await settle();
  assert.equal(batcher.stats.waiting, 1);
  engine.release();
  const answers = (await Promise.all([first, ...others])).flat() as JobAnswer[];
  assert.deepEqual(answers.map(({ reused }) => reused), [
    undefined,
    "inFlight",
    undefined,
    "inFlight",
  ]);
  assert.equal(answers[0]!.output, answers[1]!.output);
  assert.deepEqual(batchesOf(engine), [[1], [2]]);
});

Deno.test("who asked first may leave: it is computed for the others, each with its own deadline", async () => {
  const { batcher, engine, clock } = setUp();
  engine.hold();
  const busy = batcher.submit([job(9)]);
  await settle();
  const caller = new AbortController();
  const gone = batcher.submit([job(1)], { signal: caller.signal });
  const late = batcher.submit([job(1)], { deadlineMs: 50 });
  const patient = batcher.submit([job(1)], { deadlineMs: 500 });
  caller.abort();
  clock.advance(50);
  assert.deepEqual([kinds(await gone), kinds(await late)], [["cancelled"], ["deadline_exceeded"]]);
  engine.release();
  assert.deepEqual([kinds(await busy), kinds(await patient)], [["answer"], ["answer"]]);
  assert.deepEqual(batchesOf(engine), [[9], [1]]);
  assert.equal(clock.pending, 0);
});

Deno.test("a call of ten thousand lets others in after the batches that the engine has", async () => {
  const { batcher, engine } = setUp({ maxTokens: 64, maxQueued: 10_064 });
  engine.hold();
  const bulk = batcher.submit(Array.from({ length: 10_000 }, (_, i) => job(i, 2)));
  await settle();
  assert.equal(batcher.stats.running, 2);
  const singles = Array.from({ length: 64 }, (_, i) => batcher.submit([job(20_000 + i, 2)]));
  engine.release();
  await Promise.all(singles);
  // One turn of eight tokens of the long call and then one of each other per batch and a half or so.
  const at = batchesOf(engine).findLastIndex((names) => names.some((name) => name >= 20_000));
  assert.ok(at <= 2 + Math.floor(64 / 8), `the last single was in batch ${at}`);
  assert.ok((await bulk).every((result) => !(result instanceof AbacusError)));
});

Deno.test("a call that would come too late is refused at once, with when to return; an idle engine takes it", async () => {
  const { batcher, engine, clock } = setUp({ maxTokens: 8 });
  const first = batcher.submit([1, 2, 3].map((name) => job(name)));
  engine.hold();
  await settle();
  clock.advance(4_000);
  engine.release();
  await first;
  // One batch of 8 tokens took 4 s.
  batcher.admit(1, { deadlineMs: clock.nowMs() + 1 })[Symbol.dispose]();
  engine.hold();
  const busy = batcher.submit([4, 5, 6, 7].map((name) => job(name)));
  await settle();
  const soon = clock.nowMs() + 3_000;
  assert.throws(() => batcher.admit(1, { deadlineMs: soon }), {
    kind: "overloaded",
    message:
      /^Cannot admit as the answer would come in about \d+ ms, and the deadline is in 3000 ms, with/,
  });
  assert.equal(batcher.stats.admitted, 0);
  assert.deepEqual(kinds(await batcher.submit([job(8)], { deadlineMs: soon })), ["overloaded"]);
  batcher.admit(1, { deadlineMs: clock.nowMs() + 60_000 })[Symbol.dispose]();
  engine.release();
  await busy;
});

Deno.test("the oldest sequence's age is told", async () => {
  const { batcher, engine, clock } = setUp({ maxTokens: 4 });
  assert.equal(batcher.stats.oldestMs, 0);
  engine.hold();
  const done = [batcher.submit([1, 2, 3].map((name) => job(name)))];
  await settle();
  clock.advance(30);
  done.push(batcher.submit([job(4)]));
  clock.advance(5);
  assert.equal(batcher.stats.oldestMs, 35);
  engine.release();
  await Promise.all(done);
});

Deno.test("a request is not read where there is no place for any", () => {
  const { batcher } = setUp({ maxQueued: 1 });
  const kind = () => batcher.refusal?.kind;
  assert.equal(kind(), undefined);
  using _place = batcher.admit(1);
  assert.equal(kind(), "overloaded");
});

/** Something that may happen to a batcher. */
type Event =
  | {
    readonly kind: "submit";
    readonly jobs: number;
    readonly deadline: number;
    readonly abort: boolean;
    readonly again: boolean;
  }
  | { readonly kind: "advance" | "turn" | "hold" | "release" | "fail" | "abort" };

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constant("submit" as const),
    jobs: fc.integer({ min: 0, max: 5 }),
    deadline: fc.constantFrom(Infinity, 15, 40),
    abort: fc.boolean(),
    again: fc.boolean(),
  }),
  fc.record({ kind: fc.constantFrom("advance", "turn", "hold", "release", "fail", "abort") }),
);

Deno.test("whatever happens in whatever order, everybody is answered and no answer is another's", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
      const notFinite = (ids: Int32Array) => ids[0]! % 7 === 6;
      const { batcher, engine, clock } = setUp({ maxTokens: 14, maxSequences: 3 }, { notFinite });
      const callers: AbortController[] = [];
      const submitted: { jobs: Job[]; results: Promise<JobResult[]> }[] = [];
      let name = 0;
      const steps: Record<Exclude<Event["kind"], "submit">, () => void> = {
        advance: () => clock.advance(10),
        turn: () => {},
        hold: () => engine.hold(),
        release: () => engine.release(),
        fail: () => engine.failNext(),
        abort: () => callers.shift()?.abort(),
      };
      for (const step of events) {
        if (step.kind === "submit") {
          const caller = new AbortController();
          if (step.abort) callers.push(caller);
          // Some ask what others have asked.
          const next = () => step.again ? 1 + name % 9 : name;
          const jobs = Array.from(
            { length: step.jobs },
            () => (++name, job(next(), 1 + next() % 5)),
          );
          const deadlineMs = clock.nowMs() + step.deadline;
          submitted.push({
            jobs,
            results: batcher.submit(jobs, { signal: caller.signal, deadlineMs }),
          });
        } else steps[step.kind]();
        if (step.kind === "turn") await settle();
      }
      engine.release();
      for (const { jobs, results } of submitted) await checkResults(jobs, await results);
      await batcher.drain();
      const { waiting, running, admitted } = batcher.stats;
      assert.deepEqual({ waiting, running, admitted }, { waiting: 0, running: 0, admitted: 0 });
      assert.ok(engine.batches.every((batch) => batch.length <= 3));
    }),
    { numRuns: 200 },
  );
});

async function checkResults(jobs: readonly Job[], results: readonly JobResult[]): Promise<void> {
  assert.equal(results.length, jobs.length);
  for (const [i, result] of results.entries()) {
    if (result instanceof AbacusError) continue;
    const { outputs } = await new FakeEngine().run([jobs[i]!.query]);
    assert.deepEqual(result.output, outputs[0]);
  }
}

Deno.test("what a call plans beside its completions must fit the limit, and into the queue now", () => {
  const limits = { maxPlannedTokens: 100, maxQueuedTokens: 50 };
  const batcher = new Batcher(new FakeEngine(), { limits });
  assert.deepEqual([batcher.mostPlanned(0), batcher.mostPlanned(70)], [100, 30]);
  const each = new Batcher(new FakeEngine(), { limits: { ...limits, maxPlannedEach: 40 } });
  assert.deepEqual([each.mostPlanned(0), each.mostPlanned(70)], [40, 30]);
  batcher.requireRoom(0);
  batcher.requireRoom(50);
  assert.throws(() => batcher.requireRoom(51), { kind: "overloaded" });
  assert.throws(() => batcher.requireRoom(101), {
    kind: "too_large",
    path: "credit.method",
    message:
      "Cannot assign credit as one request may plan at most 100 tokens (--max-credit-tokens): " +
      "received at least 101",
  });
});

Deno.test("a call is told once that the engine has begun with it, also by the flight of another", async () => {
  const { batcher, engine } = setUp({ maxTokens: 4 });
  const begun: string[] = [];
  const submit = (who: string, jobs: readonly Job[]) =>
    batcher.submit(jobs, { onBegin: () => void begun.push(who) });
  engine.hold();
  const calls = [submit("a", [job(1), job(2)]), submit("b", [job(1)])];
  await settle();
  assert.deepEqual(begun, ["a", "b"], "the same query is computed for both");
  calls.push(submit("c", [job(1)]), submit("d", [job(3)]));
  await settle();
  assert.deepEqual(begun, ["a", "b", "c"], "what runs already has begun, and another query waits");
  engine.release();
  await Promise.all(calls);
  assert.deepEqual(begun, ["a", "b", "c", "d"]);
});
