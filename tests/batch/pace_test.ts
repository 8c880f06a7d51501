import assert from "node:assert/strict";
import fc from "fast-check";
import { estimateMs, type Load, Pace } from "../../src/batch/pace.ts";

const idle: Load = { runningTokens: 0, runningMs: 0, waiting: [], turnTokens: 100, ownTokens: 0 };

Deno.test("no pace is known before a full batch has ended", () => {
  const pace = new Pace();
  assert.equal(pace.tokensPerMs, undefined);
  pace.record({ tokens: 20, givenMs: 0, endedMs: 10, full: false });
  assert.equal(pace.tokensPerMs, undefined);
  pace.record({ tokens: 1_000, givenMs: 10, endedMs: 20, full: true });
  assert.equal(pace.tokensPerMs, 100);
});

Deno.test("of batches that wait for each other, or run beside each other, each counts the time it adds", () => {
  const behind = new Pace();
  behind.record({ tokens: 1_000, givenMs: 0, endedMs: 10, full: true });
  behind.record({ tokens: 1_000, givenMs: 0, endedMs: 20, full: true });
  assert.equal(behind.tokensPerMs, 100);
  const beside = new Pace();
  beside.record({ tokens: 1_000, givenMs: 0, endedMs: 10, full: true });
  beside.record({ tokens: 1_000, givenMs: 0, endedMs: 10, full: true });
  assert.ok(beside.tokensPerMs! > 170);
});

Deno.test("time in which the engine had nothing to do counts for nothing", () => {
  const pace = new Pace();
  pace.record({ tokens: 1_000, givenMs: 0, endedMs: 10, full: true });
  pace.record({ tokens: 1_000, givenMs: 5_000, endedMs: 5_010, full: true });
  assert.equal(pace.tokensPerMs, 100);
});

Deno.test("the pace follows an engine that has become slower", () => {
  const pace = new Pace();
  let endedMs = 0;
  const run = (ms: number) => {
    pace.record({ tokens: 100, givenMs: endedMs, endedMs: endedMs + ms, full: true });
    endedMs += ms;
  };
  for (let i = 0; i < 20; i++) run(1);
  assert.ok(pace.tokensPerMs! > 99);
  for (let i = 0; i < 20; i++) run(10);
  assert.ok(pace.tokensPerMs! < 11);
});

Deno.test("a batch of which nothing came says that nothing came", () => {
  const pace = new Pace();
  pace.record({ tokens: 100, givenMs: 0, endedMs: 10, full: true });
  pace.record({ tokens: 0, givenMs: 10, endedMs: 20, full: true });
  assert.ok(pace.tokensPerMs! < 10);
});

Deno.test("an idle engine begins at once, and what runs is waited for as long as it still takes", () => {
  assert.equal(estimateMs(idle, 10), 0);
  assert.equal(estimateMs({ ...idle, ownTokens: 50 }, 10), 5);
  assert.equal(estimateMs({ ...idle, runningTokens: 200, runningMs: 15 }, 10), 5);
  assert.equal(estimateMs({ ...idle, runningTokens: 200, runningMs: 500 }, 10), 0);
});

Deno.test("calls that wait count with one turn more than the call itself needs", () => {
  assert.equal(estimateMs({ ...idle, waiting: [30, 1_000_000], ownTokens: 20 }, 10), 17);
  assert.equal(estimateMs({ ...idle, waiting: 1_000_030, ownTokens: 20 }, 10), 100_005);
});

Deno.test("more work never takes less time, and a faster engine never more", () => {
  const number = fc.integer({ min: 0, max: 100_000 });
  const load = fc.record({
    runningTokens: number,
    runningMs: number,
    waiting: fc.array(number),
    turnTokens: number,
    ownTokens: number,
  });
  fc.assert(fc.property(load, number, fc.integer({ min: 1, max: 1_000 }), (load, more, pace) => {
    const ms = estimateMs(load, pace);
    assert.ok(ms >= 0);
    assert.ok(estimateMs({ ...load, waiting: [...load.waiting, more] }, pace) >= ms);
    assert.ok(estimateMs({ ...load, ownTokens: load.ownTokens + more }, pace) >= ms);
    assert.ok(estimateMs(load, pace * 2) <= ms);
    const sum = load.waiting.reduce((total, each) => total + each, 0);
    assert.ok(estimateMs({ ...load, waiting: sum }, pace) >= ms);
  }));
});
