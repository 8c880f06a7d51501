/**
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type ClientErrorKind, RewardClientError } from "../../src/client/error.ts";
import { isTransient, pauseMs, readRetryAfter } from "../../src/client/retry.ts";

function error(kind: ClientErrorKind, status?: number): RewardClientError {
  return new RewardClientError(kind, "Cannot", { status });
}

Deno.test("only 503, 504 and a network that fails, here or behind a proxy, are worth another try", () => {
  assert.ok(isTransient(error("network")));
  assert.ok(isTransient(error("network", 200)), "an answer that broke off");
  assert.ok(isTransient(error("network", 502)), "a proxy whose server is away");
  assert.ok(isTransient(error("overloaded", 503)));
  assert.ok(isTransient(error("deadline_exceeded", 504)));
  for (
    const status of [200, 301, 400, 401, 403, 404, 408, 413, 422, 425, 429, 499, 500, 501, 502]
  ) {
    assert.ok(!isTransient(error("protocol", status)), String(status));
    assert.ok(!isTransient(error("overloaded", status)), String(status));
  }
  for (const kind of ["timeout", "aborted", "protocol", "model_failure"] as const) {
    assert.ok(!isTransient(error(kind)), kind);
  }
});

Deno.test("pauses double up to half a minute, with full jitter", () => {
  const pause = (attempts: number, random: number) =>
    pauseMs({ attempts, random, maxRetryAfterMs: 60_000 });
  assert.deepEqual([1, 2, 3, 4, 7, 8, 2_000].map((n) => pause(n, 1)), [
    500,
    1_000,
    2_000,
    4_000,
    30_000,
    30_000,
    30_000,
  ]);
  assert.equal(pause(1, 0), 0);
  assert.equal(pause(2, 0.25), 250);
});

Deno.test("a pause is never shorter than the server asked for, up to the cap", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.integer({ min: 0, max: 10 ** 9 }),
      fc.integer({ min: 0, max: 10 ** 6 }),
      (attempts, random, retryAfterMs, maxRetryAfterMs) => {
        const pause = pauseMs({ attempts, random, retryAfterMs, maxRetryAfterMs });
        const asked = Math.min(retryAfterMs, maxRetryAfterMs);
        assert.ok(pause >= asked && pause <= asked + 30_000);
      },
    ),
  );
});

Deno.test("Retry-After is read as seconds and as a date, and is otherwise not there", () => {
  const now = new Date("2026-01-01T00:00:00Z");
  assert.equal(readRetryAfter("3", now), 3_000);
  assert.equal(readRetryAfter(" 0 ", now), 0);
  assert.equal(readRetryAfter("Thu, 01 Jan 2026 00:00:05 GMT", now), 5_000);
  assert.equal(readRetryAfter("Wed, 31 Dec 2025 23:59:00 GMT", now), 0, "a date that has passed");
  for (const header of [null, "", "soon", "-1", "1.5", "1e3", "NaN", "0x10"]) {
    assert.equal(readRetryAfter(header, now), undefined, String(header));
  }
});

Deno.test("a date that names no zone is UTC wherever the client is", () => {
  const zone = Deno.env.get("TZ");
  Deno.env.set("TZ", "America/New_York");
  try {
    assert.notEqual(new Date(2026, 0).getTimezoneOffset(), 0, "the zone of this test");
    const now = new Date("2026-01-01T00:00:00Z");
    assert.equal(readRetryAfter("Thu Jan  1 00:00:05 2026", now), 5_000);
    assert.equal(readRetryAfter("Thursday, 01-Jan-26 00:00:05 GMT", now), 5_000);
  } finally {
    if (zone === undefined) Deno.env.delete("TZ");
    else Deno.env.set("TZ", zone);
  }
});
