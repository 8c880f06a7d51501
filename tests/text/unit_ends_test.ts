import assert from "node:assert/strict";
import fc from "fast-check";
import { unitEnds } from "../../src/text/unit_ends.ts";
import type { TextUnit } from "../../src/text/unit_rule.ts";

/** The text of each unit. */
function unitsOf(text: string, rule: TextUnit): string[] {
  const points = Array.from(text);
  const ends = unitEnds(text, rule);
  return ends.map((end, unit) => points.slice(ends[unit - 1] ?? 0, end).join(""));
}

const cases: readonly (readonly [TextUnit, readonly string[]])[] = [
  ["sentence", ["A warm film. ", "It is fun! ", "Is it?"]],
  ["sentence", ["one sentence without an end"]],
  ["sentence", ["你好。", "再见。"]],
  ["sentence", ["🎬 Great. ", "🎬 Bad."]],
  ["sentence", ["मुझे यह पसंद है। ", "और आप?"]],
  ["sentence", ["Good.\n\n", "Bad. \r\n\r\n  ", "- Or so.\n"]],
  ["sentence", ["\n\n  Good.\n\n\n", "Bad."]],
  ["sentence", ["\u0085abc. \u0085\u0085 ", "def"]],
  ["clause", ["Good,\n\n", "bad.\n\n", "Fine."]],
  ["clause", ["- good acting\n", "- bad plot\n", "- ok music"]],
  ["clause", ["- good acting - ", "mostly\n  ", "-- bad – ", "very bad"]],
  ["clause", ["太好了！！！"]],
  ["clause", ["吧……", "可能是——", "我"]],
  ["clause", ["你好。——", "我来了。"]],
  ["clause", ["他走了。\n", "——我留下。"]],
  ["clause", ["— Привет, — ", "сказал он. — ", "Пойдём?"]],
  ["clause", ["— Bonjour, ", "dit-il.\n", "— Salut — ", "oui."]],
  ["clause", ["…and then, ", "he left."]],
  ["clause", ["— — "]],
  ["clause", ["。。。"]],
  ["clause", ["他说，", '"你好，"', "然后，", '"再见"']],
  ["clause", ["优点：", "**画面**好，", "_音乐_也好"]],
  ["sentence", ["他很好。", "**但是**他走了。"]],
  ["sentence", ["**他很好。**", "但是他走了。"]],
  ["sentence", ["他很好。", '"但是"他走了。', "她也走了。"]],
  ["clause", ["a warm film , ", "but long . ", "it is fun . "]],
  ["clause", ["It is slow, ", "but warm; ", "and funny: ", "very. ", "Yes."]],
  ["clause", ["At 10:30 it cost 1,000.50 at http://a.b/c,d."]],
  ["clause", ["She said: ", '"yes," ', "and left."]],
  ["clause", ["He – ", "well, ", "one of them - ", "left."]],
  ["clause", ["**First,** ", "it is _long;_ ", '"yes", ', "he said."]],
  ["clause", ["It was fun—", "mostly… ", "and well-made."]],
  ["clause", ["我喜欢，", "但是、", "太长；", "嗯。"]],
  ["clause", ["مرحبا، ", "كيف حالك؟"]],
  ["clause", ["በጣም፣ ", "ጥሩ"]],
  ["clause", ["բարև՝ ", "ինչպես ես"]],
  ["line", ["one\n", "two\r\n\n  \n", "  three"]],
  ["line", ["\n\none\n", "two\n "]],
  ["line", ["one\u2028", "two"]],
  ["step", ["one\ntwo\n\n", "three\n \n\n", "four"]],
  [{ separator: "###" }, ["one ###", " two###", "three"]],
  [{ separator: "\n\n" }, ["one\n\n\n\n", "two\n\n", "\nthree"]],
  [{ separator: "." }, ["a.", "b.", "  .", "c"]],
];

for (const [rule, expected] of cases) {
  const text = expected.join("");
  Deno.test(`${JSON.stringify(text)} is divided by ${JSON.stringify(rule)}`, () => {
    assert.deepEqual(unitsOf(text, rule), expected);
  });
}

Deno.test("units cover the text once, in order, whatever it is, and none is only space", () => {
  const piece = fc.constantFrom(
    "a",
    "Bc",
    " ",
    ". ",
    ", ",
    "! ",
    "🎬",
    "\n",
    "\r\n",
    "\u0085",
    "。",
    "—",
    "##",
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join("")),
    fc.string({ unit: "binary", maxLength: 40 }).filter((each) => each.isWellFormed()),
  );
  const rule = fc.constantFrom<TextUnit>("clause", "sentence", "line", "step", { separator: "#" });
  fc.assert(fc.property(text, rule, (text, rule) => {
    const units = unitsOf(text, rule);
    assert.equal(units.join(""), text);
    const isBlank = (unit: string) => /^[\s\p{White_Space}]*$/u.test(unit);
    if (isBlank(text)) assert.equal(units.length, 1);
    else assert.ok(!units.some(isBlank), units.join("|"));
  }));
});

Deno.test("what a mark ends has all the space behind it", () => {
  const piece = fc.constantFrom("a", "Bc", " ", ".", ",", "!", "\n", "\r\n", "\u0085", "。");
  const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""));
  fc.assert(fc.property(text, fc.constantFrom("sentence", "clause"), (text, rule) => {
    const [, ...others] = unitsOf(text, rule);
    assert.ok(others.every((unit) => !/^[\s\p{White_Space}]/u.test(unit)), others.join("|"));
  }));
});

Deno.test("clauses divide sentences", () => {
  const piece = fc.constantFrom("a", "Bc", " ", ". ", ", ", "! ", "; ", "(", ") ", '"');
  fc.assert(fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
    const text = pieces.join("");
    const clauses = new Set(unitEnds(text, "clause"));
    assert.ok(unitEnds(text, "sentence").every((end) => clauses.has(end)));
  }));
});

Deno.test("a long text takes linear time", () => {
  const text = "Word, word; word. ".repeat(20_000) + " ".repeat(20_000) + "\n".repeat(20_000);
  assert.equal(unitEnds(text, "clause").length, 60_000);
  assert.equal(unitEnds(text, "line").length, 1);
  assert.equal(unitEnds(",".repeat(100_000) + "x", "clause").length, 1);
  assert.equal(unitEnds('好，"'.repeat(50_000), "clause").length, 50_000);
  for (const piece of ["。**", " - ", "\n - ", "—", '。"', "，)", " - -", "，'"]) {
    assert.ok(unitEnds(`a${piece.repeat(50_000)}`, "clause").length > 0);
  }
});
