/**
 * Directories of tokenizer files against transformers, case by case of tests/golden/tokenizer_files.json.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type TextInput, Tokenizer } from "../../src/text/tokenizer.ts";
import { defineTokenizer } from "../../src/text/tokenizer_definition.ts";
import { readTokenizerFiles } from "../../src/text/tokenizer_files.ts";
import { type FileAnswers, readFileCases, withCase } from "./tokenizer_golden.ts";

const golden = readFileCases();

/** The cases that Abacus refuses and transformers does not, with what each must be told. */
const refusals: Readonly<Record<string, RegExp>> = {
  "a model that drops merges by chance": /'model.dropout' of tokenizer.json .*: received 1/,
  "auto_map": /'auto_map' of tokenizer_config.json asks for code of its own/,
  "split_special_tokens inside a control token": /'<\|user\|>' overlaps .*: received 'user'/,
  "LlamaTokenizer of pieces": /'tokenizer_class' .* is LlamaTokenizer, .* BPE: received Unigram/,
  "BertTokenizer of a byte-level vocabulary": /'tokenizer_class' .* WordPiece: received BPE/,
  "Llama of a vocabulary":
    /no tokenizer\.json, .*LlamaTokenizer is not made of .*: received vocab\.json/,
  "BertTokenizer of a byte-level vocabulary alone":
    /BertTokenizer is not made of .*: received vocab\.json/,
  "GPT2Tokenizer of words": /GPT2Tokenizer is not made of .*: received vocab\.txt/,
  "CohereTokenizer": /'tokenizer_class' names in a way of its own.*: received 'CohereTokenizer'/,
};

async function open(directory: string): Promise<Tokenizer> {
  return await Tokenizer.open(defineTokenizer(await readTokenizerFiles(directory)));
}

Deno.test("a directory's tokenizer gives the ids of transformers, or its field is refused", async (t) => {
  assert.ok(golden.cases.length > 120);
  for (const one of golden.cases) {
    await t.step(one.name, async () => {
      await withCase(one, async (directory) => {
        const message = refusals[one.name];
        if (message !== undefined) {
          await assert.rejects(open(directory), { kind: "bad_model", message });
        } else if ("refused" in one.answers) {
          await assert.rejects(open(directory), { kind: "bad_model" }, one.answers.refused);
        } else await compare(directory, one.answers);
      });
    });
  }
});

async function compare(directory: string, want: FileAnswers): Promise<void> {
  const definition = defineTokenizer(await readTokenizerFiles(directory));
  assert.deepEqual(definition.specialTokens, want.named);
  const tokenizer = await Tokenizer.open(definition);
  const idsOf = async (
    texts: readonly TextInput[],
    options: { split?: boolean; framed: boolean },
  ) => {
    const { split, framed } = options;
    const tokens = await tokenizer.encode(texts, {
      addSpecialTokens: framed,
      ...(split === undefined ? {} : { matching: split ? "split" : "all" }),
    });
    return tokens.map((each) => each instanceof Error ? null : [...each.ids]);
  };
  const { texts, pairs } = golden;
  assert.deepEqual(await idsOf(texts, { framed: true }), want.framed);
  assert.deepEqual(await idsOf(texts, { framed: false }), want.plain);
  assert.deepEqual(await idsOf(texts, { framed: true, split: true }), want.split);
  assert.deepEqual(await idsOf(pairs, { framed: true }), want.pairs);
  const paired = await tokenizer.encode(pairs, { addSpecialTokens: true });
  const types = paired.map((each) => each instanceof Error || !each.types ? null : [...each.types]);
  assert.deepEqual(types, want.types);
}
