import assert from "node:assert/strict";
import fc from "fast-check";
import { duplicateKey, endOfString, excessOf } from "../../src/weights/json_text.ts";

const few = { deepest: 3, mostParts: 10 };

const table: [what: string, json: string, excess: RegExp | undefined][] = [
  ["a text within all limits", '{"a": [1, {"b": 2}]}', undefined],
  ["brackets as deep as allowed", "[[[]]]", undefined],
  ["brackets too deep", "[[[[]]]]", /nested more than 3 deep/],
  ["objects too deep", '{"a":{"a":{"a":{', /nested more than 3 deep/],
  ["brackets side by side", "[[],[],[]]", undefined],
  ["too many values", "[1,1,1,1,1,1,1,1,1,1,1]", /more than 10 parts/],
  ["too many keys", '{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1}', /more than 10 parts/],
  ["brackets in a string", '"[[[[[[[[[[[[[["', undefined],
  ["brackets behind an escaped quotation mark", String.raw`"\"[[[[["`, undefined],
  ["brackets behind an escaped backslash", String.raw`"\\"[[[[`, /nested more than 3 deep/],
  ["a string without end", '"[[[[[[[[', undefined],
];

for (const [what, json, excess] of table) {
  Deno.test(`${what} ${excess === undefined ? "may be" : "is not to be"} parsed`, () => {
    const found = excessOf(json, few);
    if (excess === undefined) assert.equal(found, undefined);
    else assert.match(found ?? "", excess);
  });
}

Deno.test("ordinary values may be parsed, whatever stands in their strings", () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 20 }), (value) => {
    assert.equal(excessOf(JSON.stringify(value)), undefined);
  }));
});

Deno.test("a string ends behind its own quotation mark", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (inside, behind) => {
    const json = JSON.stringify(inside);
    assert.equal(endOfString(json + behind, 0), json.length);
  }));
});

Deno.test("fifty million brackets are refused at once", () => {
  assert.match(excessOf("[".repeat(50_000_000)) ?? "", /nested more than 64 deep/);
});

const keys: [what: string, json: string, key: string | undefined][] = [
  ["a key twice in the outer object", '{"a": 1, "b": 2, "a": 3}', "a"],
  ["a key twice in an inner object", '{"a": {"x": 1, "x": 2}}', "x"],
  ["one key in two inner objects", '{"a": {"x": 1}, "b": {"x": 1}}', undefined],
  ["a value that equals a key", '{"a": "b", "b": "a"}', undefined],
  ["a key that is written in two ways", String.raw`{"a": 1, "\u0061": 2}`, "a"],
  ["quotation marks inside a key", String.raw`{"a\"": 1, "a\\": 2, "a\"" : 3}`, 'a"'],
  ["brackets inside a string", '{"a": "{[", "b": "}]", "b": 0}', "b"],
  ["objects in a list", '[{"a": 1}, {"a": 1, "b": 0, "b": 0}]', "b"],
  ["objects too deep to matter", '{"a":{"a":{"a":{"a":{"a":{"z":1,"z":1}}}}}}', undefined],
  ["a key behind a deep object", '{"a":{"a":{"a":{"a":{"a":{"z":1}}}}},"a":1}', "a"],
];

for (const [what, json, key] of keys) {
  Deno.test(`${what}: ${key === undefined ? "no key" : JSON.stringify(key)} occurs twice`, () => {
    JSON.parse(json); // The scanner expects JSON.
    assert.equal(duplicateKey(json), key);
  });
}

Deno.test("whatever JSON.stringify writes has no key twice", () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(3), (value, indent) => {
    assert.equal(duplicateKey(JSON.stringify(value, null, indent)), undefined);
  }));
});

Deno.test("any key of an object that is written again is found", () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (object) => {
    const [key] = Object.keys(object);
    const json = `${JSON.stringify(object).slice(0, -1)}, ${JSON.stringify(key)}: 0}`;
    assert.equal(duplicateKey(json), key);
  }));
});
