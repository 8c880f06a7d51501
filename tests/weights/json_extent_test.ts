import assert from "node:assert/strict";
import fc from "fast-check";
import { endOfString, excessOf } from "../../src/weights/json_extent.ts";

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
