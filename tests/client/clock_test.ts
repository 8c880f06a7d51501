/**
 * @module
 */

import assert from "node:assert/strict";
import { machineClock } from "../../src/client/clock.ts";

Deno.test("the machine's clock fires what is due, and not what was prevented", async () => {
  const before = machineClock.nowMs();
  const fired: string[] = [];
  machineClock.after(1, () => fired.push("prevented"))();
  await new Promise<void>((resolve) => machineClock.after(2, resolve));
  assert.deepEqual(fired, []);
  assert.ok(machineClock.nowMs() >= before + 1);
  assert.ok(Math.abs(machineClock.date().getTime() - Date.now()) < 10_000);
});

Deno.test("an alarm beyond what timers can count does not fire at once", async () => {
  let fired = false;
  const cancel = machineClock.after(1e12, () => fired = true);
  await new Promise((resolve) => setTimeout(resolve, 5));
  cancel();
  assert.equal(fired, false);
});
