import assert from "node:assert/strict";
import { encodePieces } from "../../src/text/encode_pieces.ts";
import { Tokenizer } from "../../src/text/tokenizer.ts";
import { defineTokenizer } from "../../src/text/tokenizer_definition.ts";
import { readTokenizerFiles } from "../../src/text/tokenizer_files.ts";
import { tokenizerDirectory } from "./golden.ts";

// The ids are tested against transformers in control_tokens_test.ts.

async function load(name: string): Promise<Tokenizer> {
  return await Tokenizer.open(defineTokenizer(await readTokenizerFiles(tokenizerDirectory(name))));
}

const piece = (text: string, isPlain = false) => ({ text, isPlain });

Deno.test("one piece is a text", async () => {
  const llama = await load("llama");
  const [whole] = await llama.encode([" the end"], { addSpecialTokens: false });
  assert.deepEqual(await encodePieces(llama, [piece(" the end")]), { ...whole, marks: [] });
});

Deno.test("pieces keep their places in the text, and the cores of their tokens", async () => {
  const llama = await load("llama");
  const pieces = [piece("\u{1F469} "), piece("<|user|>", true), piece("x<|assistant|>  y")];
  const tokens = await encodePieces(llama, pieces);
  assert.ok(!(tokens instanceof Error));
  assert.equal(tokens.starts[0], 0);
  assert.equal(tokens.ends.at(-1), 2 + 8 + 17);
  assert.ok(tokens.starts.every((start, at) => at === 0 || start >= tokens.starts[at - 1]!));
  const assistant = tokens.ids.indexOf(llama.idOf("<|assistant|>")!);
  assert.deepEqual(tokens.cores.get(assistant), [11, 24]);
  assert.ok(!tokens.ids.includes(llama.idOf("<|user|>")!));
  assert.deepEqual(tokens.texts, [[0, tokens.ids.length]]);
});

Deno.test("a tokenizer without a token for a line break needs none", async () => {
  const wordpiece = await load("wordpiece");
  const tokens = await encodePieces(wordpiece, [piece("the"), piece("[SEP]", true), piece("end")]);
  assert.ok(!(tokens instanceof Error));
  assert.ok(!tokens.ids.includes(wordpiece.idOf("[SEP]")!));
  assert.equal(tokens.ids.at(-1), wordpiece.idOf("end"));
});
