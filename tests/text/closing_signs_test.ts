import assert from "node:assert/strict";
import { closingSigns } from "../../src/text/closing_signs.ts";

/** The signs that close behind the first full stop, comma or colon of a text. */
function closedIn(text: string): string {
  const end = text.search(/[.,:，。：]/) + 1;
  return text.slice(end, closingSigns(text)(0, end));
}

const cases: readonly (readonly [about: string, text: string, signs: string])[] = [
  ["brackets and curly quotes close wherever they stand", "（好。）」”也", "）」”"],
  ["brackets that open do not", "好。（也", ""],
  ["what space follows closes, whatever was open", 'it is.** "Or"', "**"],
  ["so does what ends the text", "好。**", "**"],
  ["emphasis that is open closes", "**好。**也", "**"],
  ["emphasis that is not opens", "好。**也**", ""],
  ["emphasis that has closed opens anew", "**很**好。**也**", ""],
  ["one sign closes and the next opens", '"好。"**也**', '"'],
  ["signs within one another", '**"好。"**也', '"**'],
  ["an apostrophe opens nothing", "it's.'也'", ""],
];

for (const [about, text, signs] of cases) {
  Deno.test(`closing signs: ${about}`, () => assert.equal(closedIn(text), signs));
}

Deno.test("what is open is so within a sentence", () => {
  const text = "**好。也。**好";
  assert.equal(closingSigns(text)(0, 6), 8);
  assert.equal(closingSigns(text)(4, 6), 6);
});

Deno.test("a long text is read through once", () => {
  const text = '好，"'.repeat(100_000);
  const behind = closingSigns(text);
  const ends = Array.from({ length: 100_000 }, (_, at) => behind(0, 3 * at + 2) - 3 * at);
  // Every second quote closes the one before, and the last one stands at the end.
  assert.deepEqual(ends.slice(0, 4), [2, 3, 2, 3]);
  assert.equal(ends.at(-1), 3);
});
