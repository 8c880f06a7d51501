import assert from "node:assert/strict";
import fc from "fast-check";
import { describe } from "../../src/wire/explain.ts";

const rows: readonly (readonly [unknown, string])[] = [
  [undefined, "nothing"],
  [null, "null"],
  [true, "true"],
  [-0.5, "-0.5"],
  [1e21, "1e+21"],
  ["", "an empty string"],
  ["abc", "'abc'"],
  ['say "so"', `'say "so"'`],
  ["a\nb\u0007", "'a\\nb\\u0007'"],
  ["\ud83c", "'\\ud83c'"],
  ["x".repeat(41), `'${"x".repeat(40)}...'`],
  ["x".repeat(40), `'${"x".repeat(40)}'`],
  ["🎬".repeat(41), `'${"🎬".repeat(40)}...'`],
  [[], "an empty list"],
  [[1, [2]], "a list of 2"],
  [{}, "an empty object"],
  [{ a: 1 }, "an object with the key 'a'"],
  [{ a: 1, b: 2 }, "an object with the keys 'a', 'b'"],
  [
    { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1 },
    "an object with the keys 'a', 'b', 'c', 'd', 'e' and 2 more",
  ],
];

for (const [value, words] of rows) {
  Deno.test(`described: ${words}`, () => assert.equal(describe(value), words));
}

Deno.test("whatever the value is, the words are few, well-formed and on one line", () => {
  const text = fc.string({ unit: "binary", maxLength: 200 });
  fc.assert(fc.property(fc.oneof(text, fc.jsonValue()), (value) => {
    const words = describe(value);
    assert.ok(words.length < 1_500 && words.isWellFormed() && !words.includes("\n"));
  }));
});
