import assert from "node:assert/strict";
import { allocate, type Element, holds, isElement } from "../../src/engine/elements.ts";

const arrays = [
  ["float32", Float32Array],
  ["int32", Int32Array],
  ["int64", BigInt64Array],
  ["bool", Uint8Array],
  ["uint8", Uint8Array],
] as const;

for (const [element, type] of arrays) {
  Deno.test(`${element} is held by ${type.name} and by nothing else`, () => {
    assert.ok(isElement(element));
    for (const [, other] of arrays) assert.equal(holds(element, new other(1)), other === type);
    const { data, dims } = allocate(element, [2, 3]);
    assert.ok(data instanceof type);
    assert.deepEqual([data.length, dims], [6, [2, 3]]);
  });
}

Deno.test("other element types do not travel", () => {
  for (const dtype of ["float16", "string", "float64", "toString", ""]) {
    assert.equal(isElement(dtype), false, dtype);
  }
  assert.equal(holds("float32" satisfies Element, [1, 2]), false);
});
