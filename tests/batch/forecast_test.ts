import assert from "node:assert/strict";
import { Call } from "../../src/batch/call.ts";
import { Entry } from "../../src/batch/entry.ts";
import { Forecast } from "../../src/batch/forecast.ts";
import { Line } from "../../src/batch/line.ts";
import { FakeClock } from "../support/fake_clock.ts";

function entries(count: number): Entry[] {
  const query = { ids: new Int32Array(100), pool: [0], rows: [], measure: [] };
  return Array.from(
    { length: count },
    () => new Entry({ query, group: "", sharedTokens: 0 }, { arrivedMs: 0 }),
  );
}

/** With a pace of 10 tokens per millisecond. */
function setUp() {
  const [line, clock] = [new Line(), new FakeClock()];
  const forecast = new Forecast(line, { clock, limits: { maxTokens: 1_600, maxSequences: 16 } });
  const ended = forecast.begin(entries(10), { full: true });
  clock.advance(100);
  ended(1_000);
  return { line, clock, forecast };
}

function wait(line: Line, count: number): void {
  line.add(new Call({ arrivedMs: 0, deadlineMs: Infinity }), entries(count));
}

Deno.test("an engine with nothing to do takes whatever comes", () => {
  const { forecast, clock } = setUp();
  assert.equal(forecast.late(1_000_000, clock.nowMs() + 1), undefined);
});

Deno.test("a call is late where what is in its way takes longer than it has", () => {
  const { line, forecast, clock } = setUp();
  wait(line, 100);
  const nowMs = clock.nowMs();
  // A turn of 200 tokens of the other call, as much of it as the call itself has, and the call's own.
  assert.deepEqual(forecast.late(50, nowMs + 29), { expectedMs: 30, leftMs: 29 });
  assert.equal(forecast.late(50, nowMs + 30), undefined);
  assert.equal(forecast.late(50, Infinity), undefined);
});

Deno.test("what runs is in the way for as long as it still takes", () => {
  const { forecast, clock } = setUp();
  const ended = forecast.begin(entries(10), { full: true });
  assert.equal(forecast.running, 1);
  assert.deepEqual(forecast.late(0, clock.nowMs() + 60), { expectedMs: 100, leftMs: 60 });
  clock.advance(50);
  assert.equal(forecast.late(0, clock.nowMs() + 60), undefined);
  ended(1_000);
  assert.equal(forecast.running, 0);
});

Deno.test("nothing is said without a pace", () => {
  const [line, clock] = [new Line(), new FakeClock()];
  const forecast = new Forecast(line, { clock, limits: { maxTokens: 1_600, maxSequences: 16 } });
  wait(line, 100_000);
  assert.equal(forecast.late(10, clock.nowMs() + 1), undefined);
  assert.equal(forecast.tokensPerMs, undefined);
});
