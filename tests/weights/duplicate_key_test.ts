import assert from "node:assert/strict";
import fc from "fast-check";
import { duplicateKey } from "../../src/weights/duplicate_key.ts";

const table: [what: string, json: string, key: string | undefined][] = [
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

for (const [what, json, key] of table) {
  Deno.test(`${what}: ${key === undefined ? "no key" : JSON.stringify(key)} stands twice`, () => {
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
