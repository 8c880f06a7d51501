import assert from "node:assert/strict";
import { joined, naturalText, readCorpus, repaired } from "../../experiment/corpus.ts";
import { folderOf } from "./corpus_fixture.ts";

/** Text, and what `clean` and `natural` of models/recipe/data.py make of it. */
const recipe = [
  [
    "the film is great !  really\tgreat .",
    "the film is great ! really great .",
    "the film is great! really great.",
  ],
  [
    'he said " what a film " and left',
    'he said " what a film " and left',
    'he said "what a film" and left',
  ],
  [
    "( one ) two [ three ] : 50 %",
    "( one ) two [ three ] : 50 %",
    "(one) two [three]: 50%",
  ],
  ["a &nbsp b \x96 c\x92s \x01 d", "a b -- c's d", "a b -- c's d"],
  ['" virus " is a film , no ?', '" virus " is a film , no ?', '"virus" is a film, no?'],
  ['say " a " and " b " , twice', 'say " a " and " b " , twice', 'say "a" and "b", twice'],
  ['a " half quote', 'a " half quote', 'a " half quote'],
] as const;

for (const [raw, clean, natural] of recipe) {
  Deno.test(`text becomes natural as in the recipe: ${natural}`, () => {
    assert.equal(repaired(raw), clean);
    assert.equal(joined(repaired(raw)), natural);
  });
}

Deno.test("the corpora are split as the recipe says, and nothing held out is learned", async () => {
  const shared = "this line of six words stays out";
  const folder = await folderOf(
    [
      { fold: 9, label: 1, text: `${shared} .\ngreat !` },
      { fold: 8, label: 0, text: `${shared} !\ngreat !\ndull one .` },
      { fold: 0, label: 1, text: "fine ." },
    ],
    [
      { label: 1, text: "held out , this" },
      { label: 1, text: "Held out this !" },
      { label: 0, text: "learned ." },
    ],
  );
  const { reviews, snippets } = readCorpus(folder, [0]);
  assert.deepEqual(reviews.heldOut.map(naturalText), [`${shared}. great!`]);
  // A short line may be anybody's, a long one is a copy.
  assert.deepEqual(reviews.train, [
    { label: 0, lines: ["great !", "dull one ."] },
    { label: 1, lines: ["fine ."] },
  ]);
  assert.deepEqual(snippets.heldOut, [{ label: 1, lines: ["held out , this"] }]);
  assert.deepEqual(snippets.train, [{ label: 0, lines: ["learned ."] }]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a folder without the reviews is named", () => {
  assert.throws(() => readCorpus("/nowhere", []), {
    kind: "bad_usage",
    message: /must hold sentence_polarity\.jsonl\.gz.*\/nowhere/,
  });
});
