import assert from "node:assert/strict";
import { defaultBatcherLimits } from "../../src/batch/batcher.ts";
import { defaultWireLimits } from "../../src/wire/limits.ts";

Deno.test("a request at the limits fits into an empty queue", () => {
  assert.ok(defaultWireLimits.completionsPerRequest <= defaultBatcherLimits.maxQueued);
});

Deno.test("one item may hold no more than a request, and every limit allows something", () => {
  assert.ok(defaultWireLimits.completionsPerItem <= defaultWireLimits.completionsPerRequest);
  assert.ok(Object.values(defaultWireLimits).every((limit) => limit >= 1));
});
