import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { cutPrompts, cutting, dividedPrompts, promptLines } from "../../experiment/prompts.ts";
import { Tokenizer } from "../../src/text/tokenizer.ts";

const tokenizer = await Tokenizer.load(
  await Deno.readTextFile(
    fileURLToPath(new URL("../../models/movie-policy/tokenizer.json", import.meta.url)),
  ),
);

const texts = [
  "the film is a warm, funny tale of two brothers who move to the city.",
  'what "a mess" this was — café and naïve \u{1f600} signs included, no less, for two hours.',
  "the film is a warm, funny tale of nobody.",
];

Deno.test("prompts are the texts' first 2 to 7 tokens, read as those by themselves", async () => {
  const prompts = await cutPrompts(texts, tokenizer, { ...cutting, perReview: 6 });
  const ids = await idsOf(prompts);
  const wholes = await idsOf(texts);
  assert.ok(prompts.length >= 8);
  for (const [at, prompt] of prompts.entries()) {
    assert.ok(ids[at]!.length >= 2 && ids[at]!.length <= 7, prompt);
    const from = texts.findIndex((text) => text.startsWith(prompt));
    assert.notEqual(from, -1, prompt);
    assert.deepEqual(ids[at], wholes[from]!.slice(0, ids[at]!.length));
  }
});

Deno.test("no prompt occurs twice, and every length does", async () => {
  const prompts = await cutPrompts(texts, tokenizer, { ...cutting, perReview: 6 });
  assert.equal(new Set(prompts).size, prompts.length);
  const lengths = new Set((await idsOf(prompts)).map(({ length }) => length));
  assert.deepEqual([...lengths].toSorted(), [2, 3, 4, 5, 6, 7]);
});

Deno.test("a seed gives the same prompts again, another one others", async () => {
  const of = (seed: number) => cutPrompts(texts, tokenizer, { ...cutting, perReview: 2, seed });
  assert.deepEqual(await of(1), await of(1));
  assert.notDeepEqual(await of(1), await of(2));
  assert.ok((await of(1)).length <= 6);
});

Deno.test("offsets count code points: an emoji before the cut moves nothing", async () => {
  const text = "\u{1f600} good film here now";
  const one = { minTokens: 1, maxTokens: 12, perReview: 12, seed: 1 };
  const prompts = await cutPrompts([text], tokenizer, one);
  // Cuts within the bytes of the emoji are no text, so the shortest prompt is all of it.
  assert.deepEqual(prompts.toSorted(), [
    "\u{1f600}",
    "\u{1f600} good",
    "\u{1f600} good film",
    "\u{1f600} good film here",
    "\u{1f600} good film here now",
  ]);
});

Deno.test("the trainer gets one object a line", () => {
  assert.equal(promptLines(['a "b"', "c"]), '{"prompt":"a \\"b\\""}\n{"prompt":"c"}\n');
});

async function idsOf(all: readonly string[]): Promise<number[][]> {
  const results = await tokenizer.encode(all, { addSpecialTokens: false });
  return results.map((result) => {
    if (result instanceof Error) throw result;
    return [...result.ids];
  });
}

Deno.test("prompts of every fifth text are held out, also where another text begins alike", () => {
  const reviews = ["a b c", "d e f", "g h i", "j k l", "m n o", "p q r", "a b x"];
  const prompts = ["a b", "a b c", "a b x", "d e", "p q", "j k l"];
  assert.deepEqual(dividedPrompts(prompts, reviews), {
    all: prompts,
    trained: ["a b x", "d e", "j k l"],
    heldOut: ["a b", "a b c", "p q"],
  });
});
