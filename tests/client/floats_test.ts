/**
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { floatsAt } from "../../src/client/floats.ts";
import { encodeFloats } from "../../src/wire/floats.ts";

Deno.test("what the server writes is read back: float32 of base64, float64 of JSON", () => {
  fc.assert(fc.property(fc.float64Array({ noNaN: true, min: -1e30, max: 1e30 }), (values) => {
    const value = encodeFloats(values, "base64");
    assert.deepEqual(floatsAt({ value, path: "rewards" }), values.map(Math.fround));
    const text = JSON.stringify(encodeFloats(values, "json"));
    const back = floatsAt({ value: JSON.parse(text), path: "rewards" });
    assert.deepEqual(back, values.map((each) => each + 0), "JSON has one zero only");
  }));
  assert.deepEqual(floatsAt({ value: "", path: "" }), new Float64Array());
});

Deno.test("the bytes are little-endian whatever the platform is", () => {
  assert.deepEqual(floatsAt({ value: "AACAPwAAIMA=", path: "" }), Float64Array.of(1, -2.5));
});

Deno.test("what is no list of finite numbers is refused where it stands", () => {
  const cases: [unknown, string, RegExp][] = [
    [undefined, "rewards", /must be a list of numbers or base64: received nothing/],
    [null, "rewards", /received null/],
    [{ 0: 1 }, "rewards", /received an object/],
    [[1, null], "rewards[1]", /finite number: received null/],
    [[1, "2"], "rewards[1]", /finite number: received '2'/],
    [[[1]], "rewards[0]", /received a list of 1/],
    [JSON.parse("[1e999]"), "rewards[0]", /received Infinity/],
    ["AACAPw=", "rewards", /must be base64/],
    ["?", "rewards", /must be base64/],
    ["AAAA", "rewards", /4 bytes per number, not 3/],
    ["AADAfw==", "rewards[0]", /received NaN/],
    ["AACA/w==", "rewards[0]", /received -Infinity/],
  ];
  for (const [value, path, message] of cases) {
    assert.throws(() => floatsAt({ value, path: "rewards" }), { kind: "protocol", path, message });
  }
});
