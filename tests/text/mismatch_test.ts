/**
 * The ways in which positions counted in one tokenisation go wrong in another. Attention-Based
 * Credit as first published counts prompt and response apart, tokenises them together, and takes
 * the row and columns by count; each test here is a case in which that reads the wrong tokens.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { SampleTokenizer } from "../../src/text/sample_tokenizer.ts";
import type { Encoding } from "../../src/text/encoding.ts";
import type { Sample } from "../../src/text/sample.ts";
import { goldenTokenizer, readGolden } from "./golden.ts";

async function encode(tokenizer: SampleTokenizer, sample: Sample): Promise<Encoding> {
  const [encoding] = await tokenizer.encode([sample], "none");
  if (encoding === undefined || encoding instanceof Error) throw encoding;
  return encoding;
}

function plain(prompt: string, completion: string): Sample {
  return { kind: "plain", prompt, completion };
}

Deno.test("a merge across the prompt's end: the merged token is the completion's", async () => {
  const tokenizer = await goldenTokenizer("byte");
  const prompt = await encode(tokenizer, plain("", "The movie "));
  const answer = await encode(tokenizer, plain("", "was great"));
  const both = await encode(tokenizer, plain("The movie ", "was great"));
  // Every position that is counted apart is too high by as much.
  assert.ok(both.ids.length < prompt.ids.length + answer.ids.length);
  assert.deepEqual(both.completion, [prompt.ids.length - 1, both.ids.length]);
  assert.deepEqual(both.offsets, [[0, 3], [3, 9]]);
});

Deno.test("a template that writes the first token: it stands once, and the last row is the last", async () => {
  const { templates } = readGolden();
  const tokenizer = await goldenTokenizer("llama", { chatTemplate: templates.headed ?? "" });
  const messages = [{ role: "user", content: "the end" }];
  const { ids, pool, completion, closing } = await encode(tokenizer, {
    kind: "chat",
    messages,
    completion: "great",
  });
  const bos = 1;
  assert.deepEqual(ids.filter((id) => id === bos).length, 1);
  assert.equal(ids[0], bos);
  assert.deepEqual(pool, [ids.length - 1]);
  assert.deepEqual(closing, [ids.length - 1, ids.length]);
  assert.equal(completion[1], ids.length - 1);
  // Plain text follows the tokenizer to the letter, a second one included.
  const twice = await encode(tokenizer, plain("<s>the end", " great"));
  assert.deepEqual([...twice.ids.slice(0, 2)], [bos, bos]);
});

Deno.test("ids that no text is tokenised to survive as they are", async () => {
  const tokenizer = await goldenTokenizer("byte");
  const merged = await encode(tokenizer, plain("", " great"));
  assert.equal(merged.ids.length, 1);
  const letters = await Promise.all(
    Array.from(" great", (letter) => encode(tokenizer, plain("", letter))),
  );
  const completionIds = letters.map((letter) => letter.ids[0]!);
  const encoding = await encode(tokenizer, { kind: "ids", promptIds: [5], completionIds });
  assert.deepEqual([...encoding.ids], [5, ...completionIds]);
  assert.deepEqual(encoding.completion, [1, 7]);
  assert.deepEqual(encoding.pool, [6]);
});

Deno.test("a text that shrinks: no row is ever a pad, whatever the tokenizer asks for", async () => {
  // This tokenizer asks to be padded to 64 tokens and cut to 8.
  const tokenizer = await goldenTokenizer("metaspace");
  const eos = 2;
  for (const sample of [plain("the end ", "the"), plain("the end of the movie is ", "great")]) {
    const { ids, pool, truncated } = await encode(tokenizer, sample);
    assert.equal(ids.filter((id) => id === eos).length, 1);
    assert.equal(ids[pool[0]!], eos);
    assert.equal(truncated, false);
  }
  const { ids } = await encode(tokenizer, plain("the end of the movie is great ", "the end"));
  assert.ok(ids.length > 8 && ids.length !== 64);
});

Deno.test("an end-of-sequence token inside: neither the row nor the columns move", async () => {
  const tokenizer = await goldenTokenizer("metaspace");
  const eos = 2;
  const text = await encode(tokenizer, plain("the end</s>", "great</s> the"));
  assert.deepEqual(text.pool, [text.ids.length - 1]);
  assert.equal(text.ids.filter((id) => id === eos).length, 3);
  assert.deepEqual(text.offsets[0]?.[0], 0);
  assert.deepEqual(text.closing, [text.ids.length - 1, text.ids.length]);
  // The response ended early: what precedes it is the prompt's, however many were asked for.
  const early = await encode(tokenizer, {
    kind: "ids",
    promptIds: [1, 300, 301, 302],
    completionIds: [303, eos],
  });
  assert.deepEqual(early.completion, [4, 6]);
  assert.deepEqual(early.pool, [5]);
  assert.deepEqual(early.closing, [6, 6]);
});
