import assert from "node:assert/strict";
import { bodyWith, isGiven } from "../../../src/http/protocols/body_keys.ts";

Deno.test("a body is known by a key of its own", () => {
  const speaks = bodyWith("text", "input_ids");
  assert.ok(speaks({ text: "" }) && speaks({ input_ids: [1], input: "a", text: null }));
  for (const other of [{}, { text: null }, { input: "a" }, null, "text", ["text"], 3]) {
    assert.ok(!speaks(other));
  }
});

Deno.test("what is null is not given, and what is empty is", () => {
  assert.deepEqual([undefined, null, "", 0, []].map(isGiven), [false, false, true, true, true]);
});
