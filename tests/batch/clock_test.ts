import assert from "node:assert/strict";
import { systemClock } from "../../src/batch/clock.ts";

Deno.test("time passes as on the machine's monotonic clock, not the wall clock", () => {
  const [before, now, after] = [performance.now(), systemClock.nowMs(), performance.now()];
  assert.ok(before <= now && now <= after);
});

Deno.test("an alarm fires once its delay has passed, and not once it is prevented", async () => {
  const fired: string[] = [];
  systemClock.after(1, () => fired.push("prevented"))();
  const { promise, resolve } = Promise.withResolvers<void>();
  const start = systemClock.nowMs();
  systemClock.after(20, resolve);
  await promise;
  assert.ok(systemClock.nowMs() - start >= 19);
  assert.deepEqual(fired, []);
});

Deno.test("an alarm beyond what timers can count does not fire at once", async () => {
  let fired = false;
  const prevent = systemClock.after(2 ** 40, () => fired = true);
  const { promise, resolve } = Promise.withResolvers<void>();
  systemClock.after(2, resolve);
  await promise;
  prevent();
  assert.equal(fired, false);
});

Deno.test("alarms fire in the order of their moments, whatever the order in which they are set", async () => {
  const fired: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const last = systemClock.after(60, () => (fired.push("last"), resolve()));
  systemClock.after(10, () => fired.push("second"));
  systemClock.after(1, () => fired.push("first"));
  const far = systemClock.after(120_000, () => fired.push("far"));
  await promise;
  assert.deepEqual(fired, ["first", "second", "last"]);
  last(); // too late, and no fault
  far(); // nothing keeps the process: the test would be told of a timer that is left
});

Deno.test("an alarm that fires may call off another of the same moment", async () => {
  const fired: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  systemClock.after(1, () => (fired.push("one"), callOff()));
  const callOff = systemClock.after(1, () => fired.push("other"));
  systemClock.after(30, resolve);
  await promise;
  assert.ok(fired.length === 1 || fired.length === 2); // both where the machine came between them
  assert.equal(fired[0], "one");
});
