import assert from "node:assert/strict";
import { Tokenizer } from "../../src/text/tokenizer.ts";
import { defineTokenizer } from "../../src/text/tokenizer_definition.ts";
import { tokenizerDigest } from "../../src/text/tokenizer_digest.ts";
import {
  type Fields,
  onlyTokenizerJson,
  readTokenizerFiles,
} from "../../src/text/tokenizer_files.ts";
import { policyDirectory } from "../ppo/golden_policy.ts";

const files = await readTokenizerFiles(policyDirectory("llama"));

/** A tokenizer.json with the parts that these tests change. */
interface Json extends Fields {
  readonly added_tokens: readonly Fields[];
  readonly model: { readonly vocab: Readonly<Record<string, number>>; readonly merges: unknown[] };
}

const json: Json = JSON.parse(files.tokenizer);

async function digestOf(changed: Fields = json, splitSpecialTokens = false): Promise<string> {
  const definition = defineTokenizer(onlyTokenizerJson(JSON.stringify(changed)));
  const tokenizer = await Tokenizer.open(definition);
  return tokenizerDigest(definition, { tokenizer, splitSpecialTokens });
}

const usual = await digestOf();

Deno.test("a digest is that of the tokenizer, however its file is written", async () => {
  assert.match(usual, /^[0-9a-f]{64}$/);
  const { model, version: _, ...others } = json;
  const vocab = Object.fromEntries(Object.entries(model.vocab).toReversed());
  const turned = { model: { ...model, vocab }, version: "2.0", ...others };
  assert.equal(await digestOf(turned), usual);
});

Deno.test("padding and truncation do not count, as they change no id of a text", async () => {
  const truncation = { direction: "Right", max_length: 8, strategy: "LongestFirst", stride: 0 };
  assert.equal(await digestOf({ ...json, truncation }), usual);
});

/** What ids depend on, changed. */
const changes: Readonly<Record<string, Fields>> = {
  "the normaliser": { ...json, normalizer: { type: "Lowercase" } },
  "the splitting": {
    ...json,
    pre_tokenizer: { ...json["pre_tokenizer"] as Fields, use_regex: false },
  },
  "what is put around a text": {
    ...json,
    post_processor: {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
      pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
      special_tokens: { "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] } },
    },
  },
  "a merge": { ...json, model: { ...json.model, merges: json.model.merges.slice(0, -1) } },
  "an added token": {
    ...json,
    added_tokens: [...json.added_tokens, { ...json.added_tokens[0], id: 1_000, content: "<x>" }],
  },
  "a flag of an added token": {
    ...json,
    added_tokens: json.added_tokens.with(0, { ...json.added_tokens[0], normalized: true }),
  },
};

for (const [what, changed] of Object.entries(changes)) {
  Deno.test(`another digest: ${what}`, async () => {
    assert.notEqual(await digestOf(changed), usual);
  });
}

Deno.test("control tokens that are plain text make another digest", async () => {
  assert.notEqual(await digestOf(json, true), usual);
});
