import assert from "node:assert/strict";
import type { LabelledText } from "../../experiment/corpus.ts";
import { gramsOf, Judge, trainJudge } from "../../experiment/judge.ts";

const praise = [
  "a warm delight",
  "a warm and lovely film",
  "not dull at all",
  "lovely , a delight",
];
const pans = ["a dull bore", "dull and lifeless film", "a lifeless bore", "not lovely , a bore"];
const texts = [...labelled(praise, 1), ...labelled(pans, 0)];

Deno.test("words and pairs count once, whatever the case and spacing", () => {
  assert.deepEqual(gramsOf("Great, great film!"), [
    "great",
    ",",
    "film",
    "!",
    "great ,",
    ", great",
    "great film",
    "film !",
  ]);
  assert.deepEqual(gramsOf("it's GREAT ."), gramsOf("It's great."));
});

Deno.test("what only praise holds speaks for praise, and the other way round", () => {
  const judge = Judge.train(texts);
  assert.ok(judge.score("a delight") > 0.3);
  assert.ok(judge.score("a bore") < -0.3);
  assert.equal(judge.accuracyOn(texts), 1);
});

Deno.test("log-odds add up: words nobody has seen change nothing", () => {
  const judge = Judge.train(texts);
  assert.equal(judge.score("delight"), judge.score("delight zyzzyva"));
});

Deno.test("turning every label round turns the log-odds round", () => {
  const turned = texts.map(({ lines, label }) => ({ lines, label: (1 - label) as 0 | 1 }));
  const [one, other] = [Judge.train(texts), Judge.train(turned)];
  for (const text of ["a delight", "dull", "and"]) {
    assert.ok(Math.abs(one.score(text) + other.score(text)) < 1e-9, text);
  }
});

Deno.test("the same texts give the same judge, bit for bit", () => {
  assert.equal(Judge.train(texts).score("a film"), Judge.train(texts).score("a film"));
});

Deno.test("the accuracy is of the held-out texts alone", () => {
  const heldOut = [...labelled(["a delight"], 1), ...labelled(["lovely delight"], 0)];
  const { accuracy } = trainJudge({
    snippets: { train: texts, heldOut },
    reviews: { train: [], heldOut: labelled(["a bore"], 0) },
  });
  assert.deepEqual(accuracy, { snippets: 0.5, reviews: 1 });
});

function labelled(all: readonly string[], label: 0 | 1): LabelledText[] {
  return all.map((text) => ({ lines: [text], label }));
}
