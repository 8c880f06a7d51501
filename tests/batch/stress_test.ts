/**
 * The whole queue under everything that may happen to it: arrivals, duplicates, callers who leave,
 * deadlines, a full queue, an engine that fails, waits and finds numbers that are not finite.
 *
 * @module
 */

import assert from "node:assert/strict";
import { AnswerCache } from "../../src/batch/answer_cache.ts";
import { Batcher } from "../../src/batch/batcher.ts";
import type { Job, JobResult } from "../../src/batch/entry.ts";
import { AbacusError } from "../../src/errors.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeEngine } from "../support/fake_engine.ts";

/** Numbers in [0, 1) that a seed decides. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5 | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

function job(name: number): Job {
  const shared = 2 + name % 3;
  const ids = Int32Array.from({ length: 4 + name % 7 }, (_, i) => i < shared ? name % 5 : name);
  const query = { ids, pool: [ids.length - 1], rows: [], measure: ["attention"] as const };
  return { query, group: `${shared}:${name % 5}`, sharedTokens: shared };
}

function notFinite(ids: Int32Array): boolean {
  return ids.at(-1)! % 13 === 12;
}

/** Lets everything that can happen now happen. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** How calls ended, by kind; `answer` for what went well. */
class Ledger {
  readonly counts: Record<string, number> = {};
  started = 0;
  ended = 0;

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }
}

async function checked(jobs: readonly Job[], results: readonly JobResult[], ledger: Ledger) {
  assert.equal(results.length, jobs.length, "every job has one result");
  for (const [i, result] of results.entries()) {
    ledger.count(result instanceof AbacusError ? result.kind : result.reused ?? "answer");
    if (result instanceof AbacusError) continue;
    const { outputs: [alone] } = await new FakeEngine().run([jobs[i]!.query]);
    assert.deepEqual(result.output, alone, "and it is no other's");
    assert.ok(!notFinite(jobs[i]!.query.ids));
  }
}

async function storm(seed: number, steps: number): Promise<Ledger> {
  const random = randomOf(seed);
  const below = (most: number) => Math.floor(random() * most);
  const [clock, engine, ledger] = [new FakeClock(), new FakeEngine({ notFinite }), new Ledger()];
  const limits = { maxTokens: 48, maxSequences: 12, maxQueued: 60, maxQueuedTokens: 300 };
  const cache = new AnswerCache(30_000);
  const batcher = new Batcher(engine, { limits, clock, answers: cache.of("m") });
  const callers: AbortController[] = [];
  const calls: Promise<void>[] = [];
  const call = async (jobs: Job[], signal: AbortSignal) => {
    ledger.started++;
    const deadlineMs = random() < 0.5 ? Infinity : clock.nowMs() + 1 + below(200);
    try {
      using _places = batcher.admit(jobs.length, { deadlineMs });
      if (random() < 0.3) await settle(); // as if it were tokenised
      await checked(jobs, await batcher.submit(jobs, { signal, deadlineMs }), ledger);
    } catch (error) {
      if (!(error instanceof AbacusError)) throw error;
      ledger.count(`refused: ${error.kind}`);
    } finally {
      ledger.ended++;
    }
  };
  const events = [
    () => clock.advance(below(30)),
    () => callers.splice(below(callers.length), 1)[0]?.abort(),
    () => engine.hold(),
    () => engine.release(),
    () => engine.release(),
    () => random() < 0.2 && engine.failNext(),
    settle,
  ];
  for (let i = 0; i < steps; i++) {
    if (random() < 0.5) {
      const caller = new AbortController();
      if (random() < 0.4) callers.push(caller);
      // A few names of many, so that some are asked at once and some again.
      const names = Array.from({ length: 1 + below(random() < 0.1 ? 70 : 6) }, () => below(200));
      calls.push(call(names.map(job), caller.signal));
    } else await events[below(events.length)]!();
    const { admitted, waitingTokens } = batcher.stats;
    assert.ok(admitted >= 0 && admitted <= limits.maxQueued);
    assert.ok(waitingTokens < limits.maxQueuedTokens + 60 * 10, "but for the tokens of one call");
    assert.ok(cache.stats.bytes <= 30_000);
  }
  engine.release();
  await Promise.all(calls);
  await batcher.drain();
  const { admitted, waiting, waitingTokens, running, oldestMs } = batcher.stats;
  assert.deepEqual([admitted, waiting, waitingTokens, running, oldestMs], [0, 0, 0, 0, 0]);
  assert.equal(ledger.ended, ledger.started);
  assert.equal(clock.pending, 0, "no alarm is left");
  return ledger;
}

Deno.test("in any weather nothing is lost, nothing is another's and every place is given back", async () => {
  const seen: Record<string, number> = {};
  for (let seed = 1; seed <= 12; seed++) {
    const { counts } = await storm(seed, 600);
    for (const [what, count] of Object.entries(counts)) seen[what] = (seen[what] ?? 0) + count;
  }
  const kinds = [
    ...["answer", "inFlight", "kept", "cancelled", "deadline_exceeded", "model_failure"],
    ...["refused: overloaded", "refused: too_large"],
  ];
  for (const kind of kinds) assert.ok((seen[kind] ?? 0) > 20, `${kind} happened too seldom`);
});
