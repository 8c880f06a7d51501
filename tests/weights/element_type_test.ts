import assert from "node:assert/strict";
import {
  bitsOf,
  byteLengthOf,
  codeOf,
  elementCount,
  elementTypes,
  isUsable,
} from "../../src/weights/element_type.ts";

Deno.test("exactly float64, float32, float16 and bfloat16 can be computed with", () => {
  const place = { name: "w", shape: [], file: "/m", offset: 0, length: 0 };
  const usable = [...elementTypes].filter(([, { dtype }]) => isUsable({ ...place, dtype }));
  assert.deepEqual(usable.map(([code]) => code), ["F64", "F32", "F16", "BF16"]);
});

Deno.test("no two codes of safetensors have one name", () => {
  const names = new Set([...elementTypes.values()].map(({ dtype }) => dtype));
  assert.equal(names.size, elementTypes.size);
});

Deno.test("a scalar has one element, and a shape with a zero has none", () => {
  assert.deepEqual([[], [3, 4], [5, 0]].map(elementCount), [1, 12, 0]);
});

Deno.test("an element type is found by its name as by its code", () => {
  for (const [code, { dtype, bits }] of elementTypes) {
    assert.deepEqual([codeOf(dtype), bitsOf(dtype)], [code, bits]);
  }
  assert.equal(byteLengthOf({ dtype: "float16", shape: [3, 4] }), 24);
  assert.equal(byteLengthOf({ dtype: "float4", shape: [3, 4] }), 6);
});
