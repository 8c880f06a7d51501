import assert from "node:assert/strict";
import { systemClock } from "../../src/batch/clock.ts";

Deno.test("time does not go back", () => {
  const first = systemClock.nowMs();
  assert.ok(systemClock.nowMs() >= first);
});

Deno.test("an alarm fires", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  systemClock.after(0, resolve);
  await promise;
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
