import assert from "node:assert/strict";
import fc from "fast-check";
import { droppedRanges, isBlank, keptParts } from "../../src/text/kept_parts.ts";

const endKept = () => true;

/** The parts as texts, with their places in the completion. */
function texts(written: string, completion: string, endIsKept = endKept) {
  return keptParts(written, completion, endIsKept)?.map((part) => {
    const text = written.slice(part.text, part.text + part.length);
    assert.equal(
      text,
      completion.slice(part.completion, part.completion + part.length),
    );
    return [text, part.completion];
  });
}

Deno.test("one stretch may be left out, and space may be another", () => {
  const table: readonly (readonly [string, string, [string, number][] | undefined])[] = [
    ["a b", "a b", [["a b", 0]]],
    ["a b", " \na b ", [["a b", 2]]],
    [" a", "x\n a", [[" a", 2]]],
    ["a\nb", "a b", [["a", 0], ["b", 2]]],
    ["a\n\nc", "a\nb\nc", [["a\n", 0], ["\nc", 3]]],
    ["", "gone", []],
    [" ", "  ", [[" ", 0]]],
    ["ab", "ba", undefined],
    ["axc", "abc", undefined],
    ["abc", "ab", undefined],
  ];
  for (const [written, completion, parts] of table) {
    assert.deepEqual(texts(written, completion), parts, `${written} of ${completion}`);
  }
});

Deno.test("what may be the beginning or the end is what the marker says", () => {
  assert.deepEqual(texts("a", "a|a"), [["a", 2]]);
  assert.deepEqual(texts("a", "a|a", () => false), [["a", 0]]);
});

Deno.test("what the parts do not cover is dropped", () => {
  const parts = [{ text: 5, completion: 2, length: 3 }, { text: 9, completion: 7, length: 1 }];
  assert.deepEqual(droppedRanges(parts, 10), [[0, 2], [5, 7], [8, 10]]);
  assert.deepEqual(droppedRanges([], 3), [[0, 3]]);
  assert.deepEqual(droppedRanges([{ text: 0, completion: 0, length: 3 }], 3), []);
});

Deno.test("space is Python's and JavaScript's", () => {
  assert.ok(isBlank("\x1c\x85\ufeff\u3000 ") && !isBlank("\u200b"));
});

Deno.test("whatever is cut out of a text, what is left is found in order and unchanged", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 12 });
  fc.assert(fc.property(text, text, text, (before, middle, behind) => {
    const parts = keptParts(before + behind, before + middle + behind, endKept);
    assert.ok(parts !== undefined);
    const solid = parts.map(({ text, length }) => (before + behind).slice(text, text + length));
    const bare = (text: string) => Array.from(text).filter((each) => !isBlank(each)).join("");
    if (bare(before + behind) !== "") assert.equal(bare(solid.join("")), bare(before + behind));
    let end = 0;
    for (const { completion, length } of parts) {
      assert.ok(completion >= end);
      end = completion + length;
    }
  }));
});
