import assert from "node:assert/strict";
import { Batcher } from "../../src/batch/batcher.ts";
import { AbacusError } from "../../src/errors.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeEngine } from "../support/fake_engine.ts";

const HOUR_MS = 3_600_000;

function job(id: number) {
  const query = { ids: Int32Array.of(id, 1), pool: [1], rows: [], measure: [] };
  return { query, group: `${id}`, sharedTokens: 0 };
}

function setUp() {
  const [engine, clock] = [new FakeEngine(), new FakeClock()];
  engine.hold();
  return { engine, clock, batcher: new Batcher(engine, { clock }) };
}

/** Lets what is due run. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("a clock that goes back costs no answer, and no age is negative", async () => {
  const { engine, clock, batcher } = setUp();
  clock.advance(HOUR_MS);
  const waiting = [1, 2, 3].map((id) => {
    const answer = batcher.submit([job(id)], { deadlineMs: clock.nowMs() + 1_000 });
    return answer;
  });
  await settle();
  const late = batcher.submit([job(4)]);
  clock.advance(-HOUR_MS);
  assert.ok(batcher.stats.oldestMs >= 0);
  engine.release();
  for (const [result] of await Promise.all([...waiting, late])) {
    assert.ok(!(result instanceof AbacusError));
    assert.ok(result!.queueMs >= 0);
  }
  assert.deepEqual([batcher.stats.waiting, batcher.stats.running], [0, 0]);
});

Deno.test("a clock that leaps ends what had a deadline, and nothing else", async () => {
  const { engine, clock, batcher } = setUp();
  const running = batcher.submit([job(1)]);
  await settle();
  const bounded = batcher.submit([job(2)], { deadlineMs: clock.nowMs() + 1_000 });
  const patient = batcher.submit([job(3)]);
  await settle();
  clock.advance(100 * HOUR_MS);
  const [expired] = await bounded;
  assert.ok(expired instanceof AbacusError && expired.kind === "deadline_exceeded");
  engine.release();
  for (const [result] of await Promise.all([running, patient])) {
    assert.ok(!(result instanceof AbacusError));
  }
  assert.equal(clock.pending, 0);
});
