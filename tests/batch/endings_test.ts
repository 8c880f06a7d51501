import assert from "node:assert/strict";
import { cancellation, lateness } from "../../src/batch/endings.ts";
import { AbacusError } from "../../src/errors.ts";

Deno.test("a call ends with the signal's own reason where that is one of ours, else as cancelled", () => {
  const reason = new AbacusError("overloaded", "Cannot answer as the server is shutting down");
  assert.equal(cancellation(AbortSignal.abort(reason)), reason);
  const { kind, cause } = cancellation(AbortSignal.abort("gone"));
  assert.deepEqual([kind, cause], ["cancelled", "gone"]);
  assert.equal(lateness().kind, "deadline_exceeded");
});
