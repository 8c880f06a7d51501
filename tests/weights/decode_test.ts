import assert from "node:assert/strict";
import { decode } from "../../src/weights/read_tensor.ts";

/** Every pattern of 16 bits. */
const patterns = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);

/** The value of a binary float by its definition, for formats of 16 bits. */
function valueOf(bits: number, { exponentBits }: { exponentBits: number }): number {
  const fractionBits = 15 - exponentBits;
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> fractionBits) & (2 ** exponentBits - 1);
  const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias);
  return sign * (1 + fraction) * 2 ** (exponent - bias);
}

for (const [dtype, exponentBits] of [["float16", 5], ["bfloat16", 8]] as const) {
  Deno.test(`all 65,536 values of ${dtype} decode exactly, subnormals and infinities included`, () => {
    const decoded = decode(patterns.slice().buffer, dtype);
    for (const [bits, value] of decoded.entries()) {
      assert.ok(
        Object.is(value, valueOf(bits, { exponentBits })),
        `0x${bits.toString(16)}: ${value}`,
      );
    }
  });
}

Deno.test("well-known float16 values decode to the numbers that the standard lists", () => {
  const table: [bits: number, value: number][] = [
    [0x0000, 0],
    [0x8000, -0],
    [0x0001, 5.960464477539063e-8], // smallest subnormal
    [0x03ff, 6.097555160522461e-5], // largest subnormal
    [0x0400, 6.103515625e-5], // smallest normal
    [0x3555, 0.333251953125],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504], // largest
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
    [0x7e00, NaN],
  ];
  const decoded = decode(Uint16Array.from(table, ([bits]) => bits).buffer, "float16");
  assert.deepEqual([...decoded], table.map(([, value]) => value));
});

Deno.test("well-known bfloat16 values decode to the upper half of a float32", () => {
  const table: [bits: number, value: number][] = [
    [0x8000, -0],
    [0x0001, 9.183549615799121e-41], // smallest subnormal
    [0x0080, 1.1754943508222875e-38], // smallest normal
    [0x3eab, 0.333984375],
    [0x3f80, 1],
    [0xc049, -3.140625],
    [0x7f7f, 3.3895313892515355e38], // largest
    [0x7f80, Infinity],
    [0xff80, -Infinity],
    [0x7fc0, NaN],
  ];
  const decoded = decode(Uint16Array.from(table, ([bits]) => bits).buffer, "bfloat16");
  assert.deepEqual([...decoded], table.map(([, value]) => value));
});

Deno.test("float32 keeps its bits", () => {
  const numbers = new Float32Array([0.1, -0, 1e-45, Infinity]);
  assert.deepEqual(decode(numbers.slice().buffer, "float32"), numbers);
});

Deno.test("a float64 is rounded to the nearest float32", () => {
  const numbers = [0.1, -1 / 3, 1 + 2 ** -24, 1 + 3 * 2 ** -24, 2 ** -160, 1e300];
  const decoded = decode(Float64Array.from(numbers).buffer, "float64");
  assert.deepEqual([...decoded], numbers.map(Math.fround));
});
