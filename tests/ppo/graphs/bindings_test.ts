import assert from "node:assert/strict";
import { inPlace, replaced, scalar } from "../../../src/ppo/graphs/bindings.ts";

Deno.test("a tensor is read under its own name, and replaced by the next of it", () => {
  assert.deepEqual(inPlace(["a", "b"]), { a: "a", b: "b" });
  assert.deepEqual(replaced(["a", "b"]), { "a.next": "a", "b.next": "b" });
});

Deno.test("a feed of one number has no extents", () => {
  assert.deepEqual(scalar(0.5), { data: Float32Array.of(0.5), dims: [] });
});
