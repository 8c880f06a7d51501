import assert from "node:assert/strict";
import { z } from "zod";
import { scoreFields } from "../../../src/http/protocols/protocol.ts";

const schema = z.object(scoreFields());

Deno.test("how to score has the defaults of the native protocol", () => {
  assert.deepEqual(schema.parse({}), { method: "abc", beta: 0.8, truncate: "none" });
});

Deno.test("how to score is held to the same limits", () => {
  for (const wrong of [{ method: "none" }, { beta: 2 }, { truncate: "middle" }]) {
    assert.equal(schema.safeParse(wrong).success, false, JSON.stringify(wrong));
  }
});
