import assert from "node:assert/strict";
import { AbacusError } from "../../src/errors.ts";
import { ControlTokens } from "../../src/text/control_tokens.ts";
import type { RenderedSample } from "../../src/text/rendered_sample.ts";
import { tokenizeTexts } from "../../src/text/tokenize_texts.ts";
import { Tokenizer } from "../../src/text/tokenizer.ts";
import { defineTokenizer } from "../../src/text/tokenizer_definition.ts";
import { readTokenizerFiles } from "../../src/text/tokenizer_files.ts";
import { tokenizerDirectory } from "./golden.ts";

const definition = defineTokenizer(await readTokenizerFiles(tokenizerDirectory("wordpiece")));
const tokenizer = await Tokenizer.open(definition);
const region = {
  start: 0,
  end: 3,
  length: 3,
  parts: [{ text: 0, completion: 0, length: 3 }],
};

function rendered(text: RenderedSample["text"], addSpecialTokens: boolean): RenderedSample {
  return { text, region, addSpecialTokens };
}

Deno.test("samples of every kind have their own tokens, whatever stands beside them", async () => {
  const samples = [
    rendered("the", false),
    rendered("the", true),
    { ...rendered("the", false), pieces: [{ text: "the", isPlain: false }] },
    rendered(["end", "the"], true),
  ];
  const tokenized = await tokenizeTexts(samples, { tokenizer });
  const the = tokenizer.idOf("the")!;
  const end = tokenizer.idOf("end")!;
  const ids = samples.map((sample) => {
    const got = tokenized.get(sample);
    assert.ok(got !== undefined && !(got instanceof Error));
    return [...got.ids];
  });
  assert.deepEqual(ids, [[the], [2, the, 3], [the], [2, end, 3, the, 3]]);
});

Deno.test("a guard splits what users write, and leaves what a template wrote", async () => {
  const guard = new ControlTokens(definition);
  const samples = [rendered("the[SEP]", true), rendered("the[SEP]", false)];
  const tokenized = await tokenizeTexts(samples, { tokenizer, guard });
  const separators = samples.map((sample) => {
    const got = tokenized.get(sample);
    assert.ok(got !== undefined && !(got instanceof Error));
    return got.ids.filter((id) => id === 3).length;
  });
  assert.deepEqual(separators, [1, 1]); // behind the text, and in it
});

Deno.test("a text that the library refuses is an invalid request", async () => {
  const json = JSON.stringify({
    pre_tokenizer: { type: "Whitespace" },
    model: { type: "WordLevel", vocab: { a: 0 }, unk_token: "[UNK]" },
  });
  const sample = rendered("b", true);
  const got = (await tokenizeTexts([sample], { tokenizer: await Tokenizer.load(json) })).get(
    sample,
  );
  assert.ok(got instanceof AbacusError && got.kind === "invalid_request");
  assert.match(got.message, /^Cannot encode as the tokenizer refuses the text: received /);
});
