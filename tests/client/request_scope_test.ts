/**
 * @module
 */

import assert from "node:assert/strict";
import { RequestScope } from "../../src/client/request_scope.ts";
import { FakeClock } from "../support/fake_clock.ts";

function never(): Promise<never> {
  return new Promise(() => {});
}

Deno.test("work that is done in time is unharmed, and nothing is left behind", async () => {
  const clock = new FakeClock();
  const { signal } = new AbortController();
  const scope = new RequestScope({ clock, timeoutMs: 100, signal });
  assert.equal(await scope.race(Promise.resolve(7)), 7);
  await assert.rejects(scope.race(Promise.reject(new Error("own"))), { message: "own" });
  assert.equal(scope.leftMs, 100);
  assert.equal(scope.reason, undefined);
  scope.close();
  assert.equal(clock.pending, 0);
  assert.ok(scope.signal.aborted, "so that requests under way end");
});

Deno.test("when the time is up everything under way fails as timeout, and so does what follows", async () => {
  const clock = new FakeClock();
  const scope = new RequestScope({ clock, timeoutMs: 100 });
  const racing = assert.rejects(scope.race(never()), { kind: "timeout" });
  const sleeping = assert.rejects(scope.sleep(1_000), { kind: "timeout" });
  clock.advance(100);
  await Promise.all([racing, sleeping]);
  await assert.rejects(scope.race(never()), {
    kind: "timeout",
    message: /its 100 ms have passed/,
  });
  assert.equal(scope.leftMs, 0);
  assert.equal(clock.pending, 0, "the pause's alarm is gone");
});

Deno.test("the caller's signal ends it as aborted, before the time or at once", async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  const scope = new RequestScope({ clock, timeoutMs: Infinity, signal: stop.signal });
  assert.equal(clock.pending, 0, "no alarm for no end");
  const racing = assert.rejects(scope.race(never()), { kind: "aborted", cause: "enough" });
  stop.abort("enough");
  await racing;
  const late = new RequestScope({ clock, timeoutMs: 5, signal: stop.signal });
  assert.equal(late.reason?.kind, "aborted");
  clock.advance(5);
  assert.equal(late.reason?.kind, "aborted", "the first reason stays");
});

Deno.test("a pause ends when it is over", async () => {
  const clock = new FakeClock();
  const scope = new RequestScope({ clock, timeoutMs: 100 });
  const sleeping = scope.sleep(40);
  clock.advance(40);
  await sleeping;
  scope.close();
  assert.equal(clock.pending, 0);
});
