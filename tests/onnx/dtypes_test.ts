import assert from "node:assert/strict";
import fc from "fast-check";
import { dtypeCodes, encodeNumbers, isOf, type Kind, misfit } from "../../src/onnx/dtypes.ts";
import type { Dtype } from "../../src/onnx/value.ts";

const all = Object.keys(dtypeCodes) as Dtype[];

Deno.test("element types have the numbers of onnx.proto", () => {
  assert.deepEqual(dtypeCodes, {
    float32: 1,
    uint8: 2,
    int8: 3,
    int32: 6,
    int64: 7,
    bool: 9,
    float16: 10,
    float64: 11,
    bfloat16: 16,
  });
});

Deno.test("kinds hold the element types that operators take together", () => {
  const expected: Record<Kind, string> = {
    float: "float32 float16 float64 bfloat16",
    signed: "float32 int8 int32 int64 float16 float64 bfloat16",
    number: "float32 uint8 int8 int32 int64 float16 float64 bfloat16",
    index: "int32 int64",
    bool: "bool",
    any: all.join(" "),
  };
  for (const [kind, members] of Object.entries(expected)) {
    assert.equal(all.filter((dtype) => isOf(kind as Kind, dtype)).join(" "), members);
  }
});

Deno.test("numbers that an element type cannot hold are found", () => {
  const cases: [Dtype, number[], number | undefined][] = [
    ["int64", [-1, 2 ** 53 - 1], undefined],
    ["int64", [1, 2 ** 53], 2 ** 53],
    ["int32", [-(2 ** 31), 2 ** 31 - 1], undefined],
    ["int32", [0, 2 ** 31], 2 ** 31],
    ["int32", [1.5], 1.5],
    ["int8", [-128, 127], undefined],
    ["int8", [-129], -129],
    ["uint8", [0, 255], undefined],
    ["uint8", [-1], -1],
    ["bool", [0, 1], undefined],
    ["bool", [2], 2],
    ["int64", [NaN], NaN],
    ["float32", [1.5, Infinity, NaN], undefined],
    ["float16", [1e9], undefined],
  ];
  for (const [dtype, data, expected] of cases) {
    assert.equal(misfit(dtype, data), expected, `${dtype} of ${data}`);
  }
});

Deno.test("numbers are written little-endian", () => {
  const bytes = (dtype: Dtype, ...data: number[]) => [...encodeNumbers(dtype, data)];
  assert.deepEqual(bytes("int32", 1, -2), [1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff]);
  assert.deepEqual(bytes("int64", -1), Array(8).fill(0xff));
  assert.deepEqual(bytes("int8", -1, 1), [0xff, 1]);
  assert.deepEqual(bytes("uint8", 255, 1), [255, 1]);
  assert.deepEqual(bytes("bool", 1, 0), [1, 0]);
  assert.deepEqual(bytes("float32", 1), [0, 0, 0x80, 0x3f]);
  assert.deepEqual(bytes("float16", 1, -2), [0, 0x3c, 0, 0xc0]);
  assert.deepEqual(bytes("bfloat16", 1, -2), [0x80, 0x3f, 0, 0xc0]);
});

Deno.test("bfloat16 is the nearest, ties to even, at the ends of its range too", () => {
  const written = (number: number) => {
    const [low = 0, high = 0] = encodeNumbers("bfloat16", [number]);
    return new Float32Array(Uint8Array.of(0, 0, low, high).buffer)[0]!;
  };
  fc.assert(fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (number) => {
    const found = written(number);
    const bits = new Uint32Array(Float32Array.of(number).buffer)[0]!;
    const below = new Float32Array(Uint32Array.of(bits & 0xffff0000).buffer)[0]!;
    const above = new Float32Array(Uint32Array.of((bits & 0xffff0000) + 0x10000).buffer)[0]!;
    const nearer = Math.abs(number - below) <= Math.abs(above - number);
    const tie = Math.abs(number - below) === Math.abs(above - number);
    if (!tie && Number.isFinite(above)) assert.equal(found, nearer ? below : above);
    if (tie) assert.equal(new Uint32Array(Float32Array.of(found).buffer)[0]! >>> 16 & 1, 0);
  }));
  const [even, odd] = [1 + 2 ** -8, 1 + 3 * 2 ** -8]; // each halfway between two neighbours
  assert.deepEqual([even, odd, -odd].map(written), [1, 1 + 2 ** -6, -1 - 2 ** -6]);
  assert.deepEqual([Infinity, -Infinity, 0].map(written), [Infinity, -Infinity, 0]);
  assert.ok(Number.isNaN(written(NaN)));
  assert.ok(Object.is(written(-0), -0));
});
