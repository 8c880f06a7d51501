import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { decodeFloats, encodeFloats } from "../../src/wire/floats.ts";

const floats = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 50 });

Deno.test("as JSON, floats come back to the last bit", () => {
  fc.assert(fc.property(floats, (values) => {
    const json = JSON.stringify(encodeFloats(Float64Array.from(values), "json"));
    assert.deepEqual([...decodeFloats(JSON.parse(json))], values.map((value) => value + 0));
  }));
});

Deno.test("as base64, floats come back as float32 has them", () => {
  const float = fc.float({ noNaN: true, noDefaultInfinity: true });
  fc.assert(fc.property(fc.array(float, { maxLength: 50 }), (values) => {
    const text = encodeFloats(Float64Array.from(values), "base64");
    assert.equal(typeof text, "string");
    assert.deepEqual([...decodeFloats(text)], values);
  }));
});

Deno.test("base64 is that of little-endian float32, as numpy and others read it", () => {
  const text = encodeFloats(Float64Array.of(1, -2.5, 0.1), "base64");
  assert.equal(text, "AACAPwAAIMDNzMw9");
  const bytes = Buffer.from(String(text), "base64");
  assert.deepEqual([0, 4, 8].map((at) => bytes.readFloatLE(at)), [1, -2.5, Math.fround(0.1)]);
});

Deno.test("nothing is an empty list, or an empty string", () => {
  assert.deepEqual(encodeFloats(new Float64Array(0), "json"), []);
  assert.equal(encodeFloats(new Float64Array(0), "base64"), "");
  assert.equal(decodeFloats("").length, 0);
});

Deno.test("a long list is written in steps and comes back whole", () => {
  const values = Float64Array.from({ length: 100_001 }, (_, i) => i);
  assert.deepEqual(decodeFloats(encodeFloats(values, "base64")), values);
});

for (const value of [NaN, Infinity, -Infinity]) {
  for (const encoding of ["json", "base64"] as const) {
    Deno.test(`${value} is never sent as ${encoding}`, () => {
      assert.throws(() => encodeFloats(Float64Array.of(0, value), encoding), {
        kind: "model_failure",
        message: `Cannot reply as a number is not finite: received ${value}`,
      });
    });
  }
}

Deno.test("a number beyond float32 is refused as base64 and fine as JSON", () => {
  assert.throws(() => encodeFloats(Float64Array.of(1e300), "base64"), { kind: "model_failure" });
  assert.deepEqual(encodeFloats(Float64Array.of(1e300), "json"), [1e300]);
});

Deno.test("what is not base64, or not whole floats, is refused", () => {
  assert.throws(() => decodeFloats("*"), TypeError);
  assert.throws(() => decodeFloats("AAA="), /takes 4 bytes: received 2 bytes/);
});
