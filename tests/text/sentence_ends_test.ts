import assert from "node:assert/strict";
import { sentenceEnds } from "../../src/text/sentence_ends.ts";

const cases: readonly (readonly [about: string, sentences: readonly string[]])[] = [
  ["by Unicode's rules", ["A warm film. ", "It is fun! ", "Is it?"]],
  ["in Chinese", ["你好。", "再见。"]],
  ["in Hindi", ["मुझे यह पसंद है। ", "और आप?"]],
  ["before a small letter there is none", ["It has approx. three rooms, no. four. ", "We left."]],
  ["a capital in text without", ["and so on. ", "HTML is fine. ", "css is not."]],
  ["without capitals", ["a warm film. ", "it is fun! ", "we liked it."]],
  ["of tokenised text", ["a warm film . ", 'it is , " sorta " , fun . . . ', "2 stars . "]],
  ["quotes and initials", ['he said "no." ', "(e.g. to j. smith.) ", "and left."]],
  ["dots at the beginning", ["... and so it goes. ", "He left."]],
  ["titles", ["Mr. Smith met Dr. Who (cf. Fig. 3). ", "Mrs. Smith did not."]],
  ["a unit is no title", ["It took 5 ms. ", "Then 3."]],
  ["a letter is an answer", ["It is B. ", "As A is not."]],
  ["of lists", ["Do this:\n", "1. Add both. ", "Divide.\n", "\n", "2. Done.\n", "- a. Or not.\n"]],
  ["of lists without capitals", ["1. add both. ", "divide.\n", "2. done."]],
  ["a list's mark amid a line is a number", ["It is 2. ", "3. ", "Or 4."]],
  ["emphasis", ["**Add.** ", "We *add.* ", "__Done!__\n\n", "*Then* go. ", "*Go* on."]],
  ["emphasis without capitals", ["**add.** ", "we *add.* ", "done."]],
];

for (const [about, expected] of cases) {
  Deno.test(`sentences end: ${about}`, () => {
    const text = expected.join("");
    const ends = sentenceEnds(text);
    assert.deepEqual(ends.map((end, i) => text.slice(ends[i - 1] ?? 0, end)), expected);
  });
}

Deno.test("no text has no ends", () => assert.deepEqual(sentenceEnds(""), []));

Deno.test("sentences are found in linear time", () => {
  const pieces = ["word. ", " . ", "a.", ".)", "**", ".*", "1. ", " \n", '"', ". ", "mr. "];
  for (const piece of pieces) {
    const text = `a. ${piece.repeat(50_000)}`;
    const ends = sentenceEnds(text);
    assert.equal(ends.at(-1) ?? text.length, text.length, piece);
  }
});
