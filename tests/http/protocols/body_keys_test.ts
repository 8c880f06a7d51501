import assert from "node:assert/strict";
import { bodyWith } from "../../../src/http/protocols/body_keys.ts";

Deno.test("a body is known by a key of its own", () => {
  const speaks = bodyWith("text", "input_ids");
  assert.ok(speaks({ text: null }) && speaks({ input_ids: [1], input: "a" }));
  for (const other of [{}, { input: "a" }, null, "text", ["text"], 3]) assert.ok(!speaks(other));
});
