import assert from "node:assert/strict";
import fc from "fast-check";
import { segmentsOf } from "../../src/page/segments.js";

Deno.test("tokens become boxes in reading order", () => {
  assert.deepEqual(segmentsOf("The film", [[0, 3], [3, 8]]), [
    { text: "The", tokens: [0], start: 0, end: 3 },
    { text: " film", tokens: [1], start: 3, end: 8 },
  ]);
});

Deno.test("offsets count code points, so an emoji moves nothing behind it", () => {
  const texts = segmentsOf("😍ab😍c", [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]).map((s) => s.text);
  assert.deepEqual(texts, ["😍", "a", "b", "😍", "c"]);
});

Deno.test("the pieces of one emoji share a box", () => {
  assert.deepEqual(segmentsOf("a😍b", [[0, 1], [1, 2], [1, 2], [1, 2], [2, 3]]), [
    { text: "a", tokens: [0], start: 0, end: 1 },
    { text: "😍", tokens: [1, 2, 3], start: 1, end: 2 },
    { text: "b", tokens: [4], start: 2, end: 3 },
  ]);
});

Deno.test("spans that overlap in part share a box that covers them both", () => {
  assert.deepEqual(segmentsOf("abcd", [[0, 2], [1, 3], [3, 4]]), [
    { text: "abc", tokens: [0, 1], start: 0, end: 3 },
    { text: "d", tokens: [2], start: 3, end: 4 },
  ]);
});

Deno.test("text that no token covers stands between boxes, at the ends too", () => {
  assert.deepEqual(segmentsOf("  a  b ", [[2, 3], [5, 6]]), [
    { text: "  ", tokens: [], start: 0, end: 2 },
    { text: "a", tokens: [0], start: 2, end: 3 },
    { text: "  ", tokens: [], start: 3, end: 5 },
    { text: "b", tokens: [1], start: 5, end: 6 },
    { text: " ", tokens: [], start: 6, end: 7 },
  ]);
});

Deno.test("a token without characters has a box of its own", () => {
  assert.deepEqual(segmentsOf("ab", [[0, 1], [1, 1], [1, 2], [2, 2]]), [
    { text: "a", tokens: [0], start: 0, end: 1 },
    { text: "", tokens: [1], start: 1, end: 1 },
    { text: "b", tokens: [2], start: 1, end: 2 },
    { text: "", tokens: [3], start: 2, end: 2 },
  ]);
});

Deno.test("an empty completion has no boxes", () => {
  assert.deepEqual(segmentsOf("", []), []);
});

Deno.test("whatever the spans, the texts join to the completion and no token is lost or doubled", () => {
  const text = fc.string({ unit: "binary", maxLength: 20 });
  const spans = text.chain((text) => {
    const count = Array.from(text).length;
    const span = fc.tuple(fc.nat(count), fc.nat(count))
      .map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
    return fc.tuple(fc.constant(text), fc.array(span, { maxLength: 12 }));
  });
  fc.assert(
    fc.property(spans, ([text, offsets]) => {
      const segments = segmentsOf(text, offsets);
      assert.equal(segments.map((segment) => segment.text).join(""), text);
      const tokens = segments.flatMap((segment) => segment.tokens).toSorted((a, b) => a - b);
      assert.deepEqual(tokens, offsets.map((_, token) => token));
      for (const { tokens, start, end } of segments) {
        for (const token of tokens) {
          const [from = -1, to = -1] = offsets[token] ?? [];
          assert.ok(start <= from && to <= end);
        }
      }
    }),
    { numRuns: 2_000 },
  );
});
