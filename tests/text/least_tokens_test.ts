import assert from "node:assert/strict";
import fc from "fast-check";
import { AbacusError } from "../../src/errors.ts";
import { AddedToken } from "../../src/text/added_token.ts";
import { leastTokens } from "../../src/text/least_tokens.ts";
import { Tokenizer } from "../../src/text/tokenizer.ts";
import { defineTokenizer, type TokenizerDefinition } from "../../src/text/tokenizer_definition.ts";
import { readTokenizerFiles } from "../../src/text/tokenizer_files.ts";
import { tokenizerDirectory } from "./golden.ts";

async function definitionOf(name: string): Promise<TokenizerDefinition> {
  return defineTokenizer(await readTokenizerFiles(tokenizerDirectory(name)));
}

/** The definition with other parts of its tokenizer.json. */
function changed(
  definition: TokenizerDefinition,
  parts: Readonly<Record<string, unknown>>,
): TokenizerDefinition {
  return { ...definition, json: { ...definition.json, ...parts } as TokenizerDefinition["json"] };
}

/** Texts of any characters, and runs of what vocabularies have long entries of. */
const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.array(
    fc.constantFrom(
      "the ",
      " end",
      "    ",
      "<s>",
      "<mask>",
      "<|assistant|>",
      "é",
      "e\u0301",
      "क़",
      "😀",
      "\n\n",
    ),
    {
      maxLength: 60,
    },
  ).map((parts) => parts.join("")),
);

for (const name of ["byte", "llama", "metaspace", "trimmed"]) {
  Deno.test(`no text has fewer tokens than told: ${name}`, async () => {
    const definition = await definitionOf(name);
    for (const normalizer of [definition.json["normalizer"], { type: "NFC" }]) {
      const variant = changed(definition, { normalizer });
      const least = leastTokens(variant);
      assert.ok(least !== undefined);
      const tokenizer = await Tokenizer.open(variant);
      await fc.assert(
        fc.asyncProperty(texts, async (text) => {
          const [tokens] = await tokenizer.encode([text], { addSpecialTokens: false });
          assert.ok(tokens !== undefined && !(tokens instanceof Error));
          assert.ok(tokens.ids.length >= least(text), `${tokens.ids.length}, ${least(text)}`);
        }),
      );
    }
  });
}

Deno.test("nothing is told of tokenizers that may drop parts of a text", async () => {
  for (const name of ["wordpiece", "unigram"]) {
    assert.equal(leastTokens(await definitionOf(name)), undefined, name);
  }
  const byte = await definitionOf("byte");
  const without = ([first]: string) => {
    const model = byte.json["model"] as { vocab: Record<string, number> };
    const { [first!]: _, ...vocab } = model.vocab;
    return { ...model, vocab };
  };
  const dropping = [
    { normalizer: { type: "Strip", strip_left: true, strip_right: true } },
    { normalizer: { type: "Replace", pattern: { String: "  " }, content: " " } },
    { normalizer: { type: "Replace", pattern: { Regex: " +" }, content: "    " } },
    { pre_tokenizer: { type: "Whitespace" } },
    { pre_tokenizer: { type: "Split", pattern: { String: " " }, behavior: "Removed" } },
    { model: without("a") },
  ];
  for (const parts of dropping) {
    assert.equal(leastTokens(changed(byte, parts)), undefined, JSON.stringify(parts).slice(0, 80));
  }
  const stripping = new AddedToken("<mask>", { lstrip: true, normalized: true });
  const added = [...byte.added, stripping];
  const composed = changed({ ...byte, added }, { normalizer: { type: "NFC" } });
  assert.equal(leastTokens(composed), undefined);
  const least = leastTokens({ ...byte, added })!;
  assert.deepEqual([least("     <mask>"), least("     mask ") > 0], [0, true]);
});

Deno.test("a text that is too long by its length is refused beside others, untokenised", async () => {
  const tokenizer = await Tokenizer.open(await definitionOf("byte"));
  const long = "z".repeat(900_000);
  const answers = await tokenizer.encode(["the end", long, "the", ["the", long]], {
    addSpecialTokens: true,
    most: 16,
  });
  const kinds = answers.map((each) => each instanceof AbacusError ? each.message : "tokens");
  assert.deepEqual([kinds[0], kinds[2]], ["tokens", "tokens"]);
  for (const at of [1, 3]) assert.match(kinds[at]!, /at most 16 tokens: received at least \d{5}/);
  const least = tokenizer.least?.(long) ?? 0;
  assert.ok(kinds[1]!.endsWith(` ${least}`));
});
