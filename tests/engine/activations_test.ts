import assert from "node:assert/strict";
import { activationBytes } from "../../src/engine/activations.ts";

Deno.test("a batch takes as much as its tokens, and attention and the device come on top", () => {
  const bytes = (tokens: number, dtype: "float32" | "bfloat16" = "float32") =>
    activationBytes({ hidden: 100 }, dtype, { tokens, attentionBytes: 7 });
  assert.equal(bytes(0), 7 + 5e8);
  assert.equal(bytes(10) - bytes(0), 10 * 20 * 100 * 4);
  assert.equal(bytes(10, "bfloat16") - bytes(0), 10 * 20 * 100 * 2);
});
