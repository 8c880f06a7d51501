import assert from "node:assert/strict";
import { stateOf } from "../../src/engine/engine_state.ts";

Deno.test("an engine is as its best replica, and one that says nothing is ready", () => {
  assert.equal(stateOf({}), "ready");
  assert.equal(stateOf({ states: ["failed", "recovering", "ready"] }), "ready");
  assert.equal(stateOf({ states: ["failed", "recovering"] }), "recovering");
  assert.equal(stateOf({ states: ["failed"] }), "failed");
});
