import assert from "node:assert/strict";
import { Entry } from "../../src/batch/entry.ts";
import { AbacusError } from "../../src/errors.ts";

const job = {
  query: { ids: Int32Array.of(1, 2, 3), pool: [2], rows: [], measure: [] },
  group: "g",
  sharedTokens: 1,
};

Deno.test("an entry knows its size, its times and whether anybody waits for it", async () => {
  const entry = new Entry(job, { arrivedMs: 4 });
  assert.equal(entry.tokens, 3);
  assert.equal(entry.arrivedMs, 4);
  assert.equal(entry.settled, false);
  const error = new AbacusError("cancelled", "Cannot score as the caller left");
  entry.settle(error);
  assert.equal(entry.settled, true);
  assert.equal(await entry.result, error);
});

Deno.test("the first result stays", async () => {
  const entry = new Entry(job, { arrivedMs: 4 });
  const error = new AbacusError("cancelled", "Cannot score as the caller left");
  entry.settle(error);
  entry.settle(new AbacusError("model_failure", "Cannot score as it is too late"));
  assert.equal(await entry.result, error);
});
