import assert from "node:assert/strict";
import fc from "fast-check";
import { codePointLength } from "../../src/text/encoding.ts";
import { anyText, lengthOf } from "./unicode.ts";

Deno.test("a text is as long as iterating over it takes steps", () => {
  fc.assert(fc.property(anyText(), (text) => {
    assert.equal(codePointLength(text), lengthOf(text));
  }));
});

Deno.test("an emoji made of three code points counts three", () => {
  assert.equal(codePointLength("\u{1F469}\u200D\u{1F680}"), 3);
  assert.equal(codePointLength(""), 0);
});
