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
