import assert from "node:assert/strict";
import { buffersOf, expectFilled, sizeOf } from "../../src/engine/arrays.ts";

Deno.test("extents hold their product, and no extents hold one number", () => {
  assert.equal(sizeOf([2, 3, 4]), 24);
  assert.equal(sizeOf([2, 0]), 0);
  assert.equal(sizeOf([]), 1);
});

Deno.test("numbers that do not fill their extents are refused by name", () => {
  assert.throws(() => expectFilled("x", { data: new Int32Array(5), dims: [2, 3] }), {
    name: "RangeError",
    message: `Cannot take "x" as its numbers do not fill its extents: received 5 for [2, 3]`,
  });
  assert.doesNotThrow(() => expectFilled("x", { data: new Int32Array(6), dims: [2, 3] }));
});

Deno.test("a buffer under two feeds is listed once", () => {
  const whole = new Float32Array(6);
  const parts = [whole.subarray(0, 2), whole.subarray(2)];
  const [a, b] = parts.map((data) => ({ data, dims: [data.length] }));
  const c = { data: new Uint8Array(1), dims: [] };
  assert.deepEqual(buffersOf({ a: a!, b: b!, c }), [whole.buffer, c.data.buffer]);
});

Deno.test("an array that was given away is named", () => {
  const data = new Float32Array(2);
  structuredClone(data, { transfer: [data.buffer] });
  assert.throws(() => buffersOf({ x: { data, dims: [2] } }), /TypeError: Cannot take "x"/);
});
