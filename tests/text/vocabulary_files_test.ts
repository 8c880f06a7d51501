import assert from "node:assert/strict";
import { readVocabulary } from "../../src/text/vocabulary_files.ts";

// Which ids come of them is tested against transformers in tokenizer_definition_test.ts.

const read = (files: Readonly<Record<string, string>>) =>
  readVocabulary((name) => Promise.resolve(files[name]));

Deno.test("vocab.json and merges.txt come first, vocab.txt otherwise", async () => {
  const bytes = { "vocab.json": '{"b":1,"a":0}', "merges.txt": "#version: 0.2\na b\r\nab c" };
  const words = { "vocab.txt": "[PAD]\nthe \nend\r\nthe" };
  assert.deepEqual(await read({ ...bytes, ...words }), {
    file: "vocab.json",
    tokenizer: '{"model":{"type":"BPE","vocab":{"b":1,"a":0},"merges":[["a","b"],["ab","c"]]}}',
  });
  assert.deepEqual(await read(words), {
    file: "vocab.txt",
    tokenizer: '{"model":{"type":"WordPiece","vocab":{"[PAD]":0,"the":3,"end":2}}}',
  });
});

Deno.test("half of a vocabulary is none", async () => {
  assert.equal(await read({}), undefined);
  assert.equal(await read({ "vocab.json": "{}" }), undefined);
  assert.equal(await read({ "merges.txt": "" }), undefined);
});

for (const line of ["", "a", "a b c", "a  b"]) {
  Deno.test(`merges.txt with the line ${JSON.stringify(line)} is refused`, async () => {
    await assert.rejects(read({ "vocab.json": "{}", "merges.txt": `a b\n${line}\na c\n` }), {
      kind: "bad_model",
      message: /Cannot read merges\.txt as line 2 must be two pieces/,
    });
  });
}
