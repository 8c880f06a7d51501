/**
 * @module
 */

import assert from "node:assert/strict";
import { RewardClientError } from "../../src/client/error.ts";

Deno.test("an error keeps its details, and another of the same kind differs where its details are changed", () => {
  const cause = new Error("below");
  const error = new RewardClientError("overloaded", "Cannot", { status: 503, cause, attempts: 1 });
  const next = error.with({ attempts: 2, requestId: "r" });
  assert.deepEqual([next.kind, next.message, next.status, next.attempts, next.requestId], [
    "overloaded",
    "Cannot",
    503,
    2,
    "r",
  ]);
  assert.equal(next.cause, cause);
  assert.equal(next.with({}, "Cannot now").message, "Cannot now");
  assert.ok(next instanceof Error && next.name === "RewardClientError");
});

Deno.test("an error without details has none", () => {
  const { status, path, requestId, attempts, retryAfterMs, cause } = new RewardClientError(
    "network",
    "Cannot",
  );
  assert.deepEqual([status, path, requestId, attempts, retryAfterMs, cause], [
    undefined,
    undefined,
    undefined,
    0,
    undefined,
    undefined,
  ]);
});
