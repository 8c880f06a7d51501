import assert from "node:assert/strict";
import { StageWatch } from "../../src/http/stage_watch.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("stages are timed from one beginning to the next, and the last up to now", () => {
  const clock = new FakeClock();
  const watch = new StageWatch(clock);
  assert.deepEqual(watch.stages, {});
  watch.begin("read");
  clock.advance(3);
  assert.deepEqual(watch.stages, { read: 3 });
  clock.advance(1);
  watch.begin("queue");
  clock.advance(5);
  assert.deepEqual(watch.stages, { read: 4, queue: 5 });
  assert.deepEqual(Object.keys(watch.stages), ["read", "queue"]);
});

Deno.test("no stage begins anew, nor one that lies behind", () => {
  const clock = new FakeClock();
  const watch = new StageWatch(clock);
  watch.begin("inference");
  clock.advance(2);
  for (const late of ["queue", "inference"] as const) watch.begin(late);
  clock.advance(2);
  assert.deepEqual(watch.stages, { inference: 4 });
});
