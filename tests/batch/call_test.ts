import assert from "node:assert/strict";
import { Call } from "../../src/batch/call.ts";
import { Entry } from "../../src/batch/entry.ts";
import { AbacusError } from "../../src/errors.ts";

Deno.test("a call has a seat per job, each settled once, and knows the tokens that wait for it", async () => {
  const call = new Call({ arrivedMs: 3, deadlineMs: 9 });
  const [first, second] = [call.seat(), call.seat()];
  assert.deepEqual(call.seats, [first, second]);
  assert.deepEqual([call.arrivedMs, call.deadlineMs, call.tokens], [3, 9, 0]);
  const error = new AbacusError("cancelled", "Cannot score as the caller left");
  first.settle(error);
  first.settle(new AbacusError("model_failure", "Cannot score as it is too late"));
  assert.equal(await first.result, error);
  const query = { ids: new Int32Array(5), pool: [0], rows: [], measure: [] };
  call.entries = [new Entry({ query, group: "", sharedTokens: 0 }, call)];
  assert.equal(call.tokens, 5);
});
