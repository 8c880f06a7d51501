import assert from "node:assert/strict";
import fc from "fast-check";
import { nameOf, spelled, stretchesOf } from "../../src/page/whitespace.js";

/** Stretches as one text, glyphs in brackets. */
function shown(text: string, options?: { last: boolean }): string {
  return stretchesOf(text, options)
    .map(({ text, glyph }) => glyph === undefined ? text : `[${glyph}]`).join("");
}

const cases: readonly [text: string, shown: string][] = [
  [" film", " film"],
  ["two words", "two words"],
  [" ", "[·]"],
  ["  ", "[·][·]"],
  ["a  b", "a[·][·]b"],
  ["a\n", "a[↵]"],
  ["\t", "[⇥]"],
  ["\r\n", "[␍][↵]"],
  ["\u00a0", "[⍽]"],
  ["\u200b", "[U+200B]"],
  ["\u202e", "[U+202E]"],
  ["\u0000", "[U+0000]"],
  ["\ufe0f", "[U+FE0F]"],
  ["\u200d", "[U+200D]"],
  ["❤️", "❤️"],
  ["👩‍👧", "👩‍👧"],
  ["é", "é"],
];

for (const [text, expected] of cases) {
  Deno.test(`${JSON.stringify(text)} is shown as ${expected}`, () => {
    assert.equal(shown(text), expected);
  });
}

Deno.test("a space at the very end is shown, as no gap shows it", () => {
  assert.equal(shown("end ", { last: true }), "end[·]");
  assert.equal(shown("end ", { last: false }), "end ");
});

Deno.test("stretches join to the text, and none without a glyph is invisible", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 12 }), fc.boolean(), (text, last) => {
      const stretches = stretchesOf(text, { last });
      assert.equal(stretches.map((stretch) => stretch.text).join(""), text);
      assert.ok(stretches.every(({ glyph }) => glyph !== ""));
    }),
  );
});

Deno.test("the read-out spells every space and every invisible character", () => {
  assert.equal(spelled(" a b\n\u200b"), "␣a␣b↵U+200B");
});

Deno.test("a text without visible signs has a name that can be spoken", () => {
  assert.equal(nameOf("\n"), "line break");
  assert.equal(nameOf("  \t"), "space, space, tab");
  assert.equal(nameOf("\u200b"), "U+200B");
  assert.equal(nameOf(""), "no characters");
  for (const text of [" film", ".", "\u{1f60d}", "a\n"]) assert.equal(nameOf(text), undefined);
});
