import assert from "node:assert/strict";
import { AbacusError } from "../../src/errors.ts";
import { RequestScope } from "../../src/http/request_scope.ts";
import { FakeClock } from "../support/fake_clock.ts";

function setup({ deadlineMs = 0 } = {}) {
  const clock = new FakeClock();
  const caller = new AbortController();
  const cutoff = new AbortController();
  const scope = new RequestScope({
    caller: caller.signal,
    cutoff: cutoff.signal,
    deadlineMs,
    clock,
  });
  return { clock, caller, cutoff, scope };
}

function kindOf(error: unknown): string {
  return error instanceof AbacusError ? error.kind : String(error);
}

Deno.test("work that ends in time gives its outcome", async () => {
  const { scope } = setup({ deadlineMs: 10 });
  assert.equal(await scope.race(Promise.resolve(7)), 7);
  await assert.rejects(scope.race(Promise.reject(new Error("own"))), /own/);
  assert.equal(scope.signal.aborted, false);
});

Deno.test("a caller who hangs up ends the work as cancelled", async () => {
  const { caller, scope } = setup();
  const outcome = scope.race(new Promise(() => {})).catch(kindOf);
  caller.abort();
  assert.equal(await outcome, "cancelled");
  assert.equal(kindOf(scope.signal.reason), "cancelled");
});

Deno.test("a deadline ends the work when it passes and not before", async () => {
  const { clock, scope } = setup({ deadlineMs: 100 });
  const outcome = scope.race(new Promise(() => {})).catch((error) => error);
  clock.advance(99);
  assert.equal(scope.signal.aborted, false);
  clock.advance(1);
  const error = await outcome;
  assert.equal(kindOf(error), "deadline_exceeded");
  assert.match(String(error), /deadline of 100 ms/);
});

Deno.test("a server that shuts down ends the work as overloaded", async () => {
  const { cutoff, scope } = setup();
  const outcome = scope.race(new Promise(() => {})).catch(kindOf);
  cutoff.abort();
  assert.equal(await outcome, "overloaded");
});

Deno.test("a caller who is gone already is noticed at once", async () => {
  const caller = AbortSignal.abort();
  using scope = new RequestScope({ caller, deadlineMs: 0, clock: new FakeClock() });
  assert.equal(scope.signal.aborted, true);
  assert.equal(await scope.race(new Promise(() => {})).catch(kindOf), "cancelled");
});

Deno.test("the first end is the reason, whatever follows", () => {
  const { clock, caller, scope } = setup({ deadlineMs: 5 });
  caller.abort();
  clock.advance(5);
  assert.equal(kindOf(scope.signal.reason), "cancelled");
});

Deno.test("no deadline sets no alarm, and disposal takes everything back", () => {
  assert.equal(setup().clock.pending, 0);
  const { clock, caller, cutoff, scope } = setup({ deadlineMs: 5 });
  assert.equal(clock.pending, 1);
  scope[Symbol.dispose]();
  assert.equal(clock.pending, 0);
  caller.abort();
  cutoff.abort();
  assert.equal(scope.signal.aborted, false);
});
