import assert from "node:assert/strict";
import { bytesReply, elementBytes } from "../../../src/http/protocols/float_rows.ts";

const form = { embed_dtype: "float32", endianness: "native" } as const;

Deno.test("elements are IEEE's, in either order", () => {
  assert.deepEqual([...elementBytes(Float64Array.of(1), form)], [0, 0, 128, 63]);
  assert.deepEqual([...elementBytes(Float64Array.of(1), { ...form, endianness: "big" })], [
    63,
    128,
    0,
    0,
  ]);
  const half = { ...form, embed_dtype: "float16" } as const;
  assert.deepEqual([...elementBytes(Float64Array.of(-2), half)], [0, 192]);
});

Deno.test("bfloat16 rounds to the nearest, ties to even", () => {
  const brain = { embed_dtype: "bfloat16", endianness: "big" } as const;
  const bytes = elementBytes(Float64Array.of(1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, -0.1), brain);
  assert.deepEqual([...bytes], [63, 128, 63, 128, 63, 130, 189, 205]);
});

Deno.test("what does not fit is an error, never infinity", () => {
  const large = Float64Array.of(70_000);
  assert.throws(() => elementBytes(large, { ...form, embed_dtype: "float16" }), /fit into float16/);
  const most = Float64Array.of(3.4028e38);
  assert.throws(
    () => elementBytes(most, { ...form, embed_dtype: "bfloat16" }),
    /fit into bfloat16/,
  );
  assert.throws(() => elementBytes(Float64Array.of(1e39), form), /fit into float32/);
});

Deno.test("a header that clients could not read is refused", () => {
  assert.throws(() => bytesReply([], { a: "x".repeat(40_000) }), { kind: "too_large" });
});
