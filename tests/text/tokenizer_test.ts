import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer, type Tokens } from "../../src/text/tokenizer.ts";
import { defineTokenizer } from "../../src/text/tokenizer_definition.ts";
import { readTokenizerFiles } from "../../src/text/tokenizer_files.ts";
import { tokenizerDirectory } from "./golden.ts";

async function load(name: string): Promise<Tokenizer> {
  const files = await readTokenizerFiles(tokenizerDirectory(name));
  return await Tokenizer.open(defineTokenizer(files));
}

async function tokensOf(tokenizer: Tokenizer, text: string, addSpecialTokens = true) {
  const [tokens] = await tokenizer.encode([text], { addSpecialTokens });
  assert.ok(tokens !== undefined && !(tokens instanceof Error), String(tokens));
  return tokens;
}

function spansOf({ starts, ends }: Tokens): number[][] {
  return [...starts].map((start, at) => [start, ends[at]!]);
}

Deno.test("added tokens are separate from tokens of the text, also where there is no text", async () => {
  const table: [name: string, head: number, tail: number][] = [
    ["byte", 0, 0],
    ["folded", 0, 1],
    ["llama", 1, 0],
    ["metaspace", 1, 1],
    ["wordpiece", 1, 1],
  ];
  for (const [name, head, tail] of table) {
    const tokenizer = await load(name);
    for (const text of ["", "the end", "<s>", "[SEP]"]) {
      const tokens = await tokensOf(tokenizer, text);
      const { length } = tokens.ids;
      assert.deepEqual(tokens.texts, [[head, length - tail]], `${name}: ${text}`);
      assert.equal(tokens.types, undefined);
      const bare = await tokensOf(tokenizer, text, false);
      assert.deepEqual(bare.texts, [[0, bare.ids.length]]);
      assert.deepEqual(bare.ids, tokens.ids.slice(head, tokens.ids.length - tail));
    }
  }
});

Deno.test("each text of a pair has its own tokens, and an empty one its place", async () => {
  const table: [name: string, head: number, between: number, tail: number, second: number][] = [
    ["byte", 0, 0, 0, 1],
    ["trimmed", 1, 2, 1, 0],
    ["wordpiece", 1, 1, 1, 1],
  ];
  for (const [name, head, between, tail, second] of table) {
    const tokenizer = await load(name);
    for (const pair of [["the", "end of"], ["", "the end"], ["the end", ""], ["", ""]] as const) {
      const [tokens] = await tokenizer.encode([pair], { addSpecialTokens: true });
      assert.ok(tokens !== undefined && !(tokens instanceof Error), String(tokens));
      const alone = await Promise.all(pair.map((text) => tokensOf(tokenizer, text, false)));
      const [first, last] = alone.map(({ ids }) => ids);
      const start = head + first!.length + between;
      const ranges = [[head, head + first!.length], [start, start + last!.length]];
      assert.deepEqual(tokens.texts, ranges, `${name}: ${pair}`);
      assert.equal(tokens.ids.length, start + last!.length + tail);
      tokens.texts.forEach((range, i) => {
        assert.deepEqual(tokens.ids.slice(...range), alone[i]!.ids);
        assert.deepEqual(tokens.starts.slice(...range), alone[i]!.starts);
        assert.ok(tokens.types!.slice(...range).every((type) => type === i * second));
      });
    }
  }
});

Deno.test("in a pair, too, a token that swallowed space says where it stands itself", async () => {
  const trimmed = await load("trimmed");
  const options = { addSpecialTokens: true };
  const [tokens] = await trimmed.encode([["a  <mask>", "\u{1F469}   <mask> b"]], options);
  assert.ok(tokens !== undefined && !(tokens instanceof Error));
  assert.deepEqual([...tokens.cores.values()], [[3, 9], [4, 10]]);
});

Deno.test("spans count code points, and pieces of an emoji share one", async () => {
  const tokens = await tokensOf(await load("byte"), "\u{1F469}!");
  assert.deepEqual(spansOf(tokens), [[0, 1], [0, 1], [0, 1], [0, 1], [1, 2]]);
});

Deno.test("a character of zero is a character like any other", async () => {
  for (const name of ["byte", "llama", "metaspace", "trimmed"]) {
    const { ends, texts: [own] } = await tokensOf(await load(name), "a\0b");
    assert.equal(ends[own![1] - 1], 3, name);
  }
});

Deno.test("a token that swallowed space says where it stands itself", async () => {
  const llama = await load("llama");
  const behind = await tokensOf(llama, "a<|assistant|> \n b", false);
  const at = behind.ids.indexOf(llama.idOf("<|assistant|>")!);
  assert.deepEqual(spansOf(behind)[at], [1, 17]);
  assert.deepEqual(behind.cores.get(at), [1, 14]);
  const trimmed = await load("trimmed");
  const before = await tokensOf(trimmed, "\u{1F469}  <mask> b", false);
  const mask = before.ids.indexOf(trimmed.idOf("<mask>")!);
  assert.deepEqual(before.cores.get(mask), [3, 9]);
});

Deno.test("a token that swallows space on both sides stands between what it swallowed", async () => {
  const source = readFileSync(join(tokenizerDirectory("trimmed"), "tokenizer.json"), "utf-8");
  const both = source.replace('"lstrip":true,"rstrip":false', '"lstrip":true,"rstrip":true');
  assert.notEqual(both, source);
  const tokens = await tokensOf(await Tokenizer.load(both), "\u{1F469} \n<mask>  b", false);
  assert.deepEqual([...tokens.cores.values()], [[3, 9]]);
});

Deno.test("ids and tokens are looked up both ways", async () => {
  const tokenizer = await load("llama");
  assert.equal(tokenizer.idOf("</s>"), 2);
  assert.equal(tokenizer.tokenOf(2), "</s>");
  assert.equal(tokenizer.idOf("no such token"), undefined);
  assert.equal(tokenizer.tokenOf(1_000_000), undefined);
});

Deno.test("no texts are no tokens", async () => {
  assert.deepEqual(await (await load("byte")).encode([], { addSpecialTokens: true }), []);
});

Deno.test("a text that the library refuses spoils no other", async () => {
  // A vocabulary without a token for the unknown.
  const json = JSON.stringify({
    version: "1.0",
    added_tokens: [],
    pre_tokenizer: { type: "Whitespace" },
    model: { type: "WordLevel", vocab: { a: 0, b: 1 }, unk_token: "[UNK]" },
  });
  const tokenizer = await Tokenizer.load(json);
  const [fine, refused, also] = await tokenizer.encode(["a b", "c", "b"], {
    addSpecialTokens: true,
  });
  assert.ok(fine !== undefined && !(fine instanceof Error) && fine.ids.length === 2);
  assert.ok(refused instanceof Error);
  assert.ok(also !== undefined && !(also instanceof Error) && also.ids[0] === 1);
});

Deno.test("a tokenizer that takes no text at all is a bad model", async () => {
  const model = { type: "WordLevel", vocab: { b: 1 }, unk_token: "[UNK]" };
  await assert.rejects(
    Tokenizer.load(JSON.stringify({ version: "1.0", added_tokens: [], model })),
    {
      kind: "bad_model",
      message: /^Cannot use the tokenizer as it accepts none of a 1 \. 中: rec/,
    },
  );
  const silent = { type: "BPE", vocab: { b: 0 }, merges: [] };
  await assert.rejects(
    Tokenizer.load(JSON.stringify({ version: "1.0", added_tokens: [], model: silent })),
    { kind: "bad_model", message: /received no token for any of them$/ },
  );
});

Deno.test("a tokenizer of another script is probed in it", async () => {
  const model = { type: "BPE", vocab: { "中": 0 }, merges: [] };
  const tokenizer = await Tokenizer.load(
    JSON.stringify({ version: "1.0", added_tokens: [], model }),
  );
  assert.deepEqual([...(await tokensOf(tokenizer, "中中")).ids], [0, 0]);
});

Deno.test("ids are decoded to the text they came from, and special tokens write nothing", async () => {
  const tokenizer = await load("byte");
  const texts = ["The movie was great.", "caf\u00e9 \u{1F469}\u200D\u{1F680}", ""];
  const encoded = await Promise.all(texts.map((text) => tokensOf(tokenizer, text)));
  assert.deepEqual(await tokenizer.decode(encoded.map(({ ids }) => ids)), texts);
  assert.deepEqual(await tokenizer.decode([]), []);
  const [start, end] = ["<|im_start|>", "<|endoftext|>"].map((token) => tokenizer.idOf(token));
  assert.ok(start !== undefined && end !== undefined);
  const framed = [start, ...encoded[0]!.ids, end];
  assert.deepEqual(await tokenizer.decode([framed, [end]]), [texts[0], ""]);
});

Deno.test("a part of a character is decoded to what stands for one", async () => {
  const tokenizer = await load("byte");
  const { ids } = await tokensOf(tokenizer, "\u{1F469}");
  const beginnings = Array.from(ids, (_, i) => ids.subarray(0, i + 1));
  assert.deepEqual(await tokenizer.decode(beginnings), ["\ufffd", "\ufffd", "\ufffd", "\u{1F469}"]);
});
