import assert from "node:assert/strict";
import fc from "fast-check";
import {
  exponentText,
  fixedText,
  floatText,
  generalText,
  rounded,
} from "../../src/jinja/decimal.ts";

Deno.test("floats have the digits of Python's repr", () => {
  const table: readonly (readonly [number, string])[] = [
    [1, "1.0"],
    [-0, "-0.0"],
    [1e16, "1e+16"],
    [1e15, "1000000000000000.0"],
    [1.5e-5, "1.5e-05"],
    [0.0001, "0.0001"],
    [1e22, "1e+22"],
    [123456789.125, "123456789.125"],
    [5e-324, "5e-324"],
    [NaN, "nan"],
    [-Infinity, "-inf"],
  ];
  for (const [value, text] of table) assert.equal(floatText(value), text);
});

Deno.test("the text of a float reads back as the float", () => {
  fc.assert(fc.property(fc.double({ noNaN: true }), (value) => {
    const text = floatText(value);
    const read = /inf/.test(text) ? (value > 0 ? Infinity : -Infinity) : Number(text);
    assert.ok(Object.is(read, value));
    assert.match(text, /^-?(\d+\.\d+|\d(\.\d+)?e[-+]\d{2,}|inf)$/);
  }));
});

Deno.test("halves are rounded to even, from the exact value", () => {
  assert.equal(fixedText(0.5, 0), "0");
  assert.equal(fixedText(1.5, 0), "2");
  assert.equal(fixedText(2.5, 0), "2");
  assert.equal(fixedText(0.125, 2), "0.12");
  assert.equal(fixedText(2.675, 2), "2.67"); // 2.67499999999999982236431605997495353221893310546875
  assert.equal(fixedText(-0.001, 2), "-0.00");
  assert.equal(fixedText(1e21, 1), "1000000000000000000000.0");
  assert.equal(rounded(42.55, 1), 42.5);
  assert.equal(rounded(1234.5, -2), 1200);
  assert.equal(rounded(Infinity, 2), Infinity);
});

Deno.test("exponents and general form are those of %e and %g", () => {
  assert.equal(exponentText(12345.678, 2), "1.23e+04");
  assert.equal(exponentText(9.999, 1), "1.0e+01");
  assert.equal(exponentText(0, 3), "0.000e+00");
  assert.equal(generalText(0.0001, 6), "0.0001");
  assert.equal(generalText(0.00001, 6), "1e-05");
  assert.equal(generalText(123456789, 6), "1.23457e+08");
  assert.equal(generalText(100, 6), "100");
  assert.equal(generalText(100, 6, true), "100.000");
});
