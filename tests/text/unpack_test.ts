import assert from "node:assert/strict";
import type { JsEncoding } from "tokenizers";
import { openLibrary } from "../../src/text/open_library.ts";
import { defineTokenizer } from "../../src/text/tokenizer_definition.ts";
import { readTokenizerFiles } from "../../src/text/tokenizer_files.ts";
import { unpack } from "../../src/text/unpack.ts";
import { tokenizerDirectory } from "./golden.ts";

const names = ["byte", "folded", "llama", "metaspace", "trimmed", "wordpiece"];

const sentence = "The end  of <s> a film, caf\u00e9 \u{1F469}\u200d\u{1F680} <mask> [SEP] 中文. ";

Deno.test("a long encoding is read in parts as a short one is at once", async (t) => {
  for (const name of names) {
    await t.step(name, async () => {
      const definition = defineTokenizer(await readTokenizerFiles(tokenizerDirectory(name)));
      const { library } = openLibrary(definition, "all");
      for (
        const [text, pair] of [[sentence, null], [sentence.repeat(300), null], [
          sentence.repeat(150),
          sentence.repeat(150),
        ]] as const
      ) {
        const encoding = await library.encode(text, pair, { addSpecialTokens: true });
        const { ids, starts, ends } = await unpack(encoding);
        assert.deepEqual([...ids], encoding.getIds());
        const spans = Array.from(starts, (start, at) => [start, ends[at]!]);
        assert.deepEqual(spans, encoding.getOffsets());
      }
    });
  }
});

Deno.test("other work gets its turns while a long encoding is read", async () => {
  const length = 100_000;
  const encoding = {
    getIds: () => Array<number>(length).fill(1),
    tokenToChars: (at: number) => [at, at + 1],
  } as unknown as JsEncoding;
  let turns = 0;
  let done = false;
  const work = () => {
    turns++;
    if (!done) setTimeout(work, 0);
  };
  setTimeout(work, 0);
  const { starts, ends } = await unpack(encoding);
  done = true;
  assert.ok(turns >= 40, `${turns} turns`);
  assert.deepEqual([starts[length - 1], ends[length - 1]], [length - 1, length]);
  await new Promise((resolve) => setTimeout(resolve, 2)); // the last of the work
});
