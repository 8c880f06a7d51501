import assert from "node:assert/strict";
import { AddedToken } from "../../src/text/added_token.ts";
import { collectTokens, type TokenSources } from "../../src/text/special_tokens.ts";
import { mergeArguments } from "../../src/text/tokenizer_arguments.ts";
import { onlyTokenizerJson } from "../../src/text/tokenizer_files.ts";

function collect(config: Record<string, unknown>, sources: Partial<TokenSources> = {}) {
  const given = mergeArguments({ ...onlyTokenizerJson("{}"), config }, new Map());
  const defaults = { kept: [], names: {}, padding: undefined, addsAgain: false };
  return collectTokens({ given, ...defaults, ...sources });
}

function contents({ added }: { added: readonly AddedToken[] }): string[] {
  return added.map(({ content }) => content);
}

Deno.test("numbered tokens come first, then those with names, then the others", () => {
  const tokens = collect({
    extra_special_tokens: ["x", "b"],
    image_token: "i",
    eos_token: "e",
    bos_token: "b",
    added_tokens_decoder: { "9": { content: "nine" }, "8": { content: "eight" } },
  });
  assert.deepEqual(contents(tokens), ["eight", "nine", "b", "e", "i", "x"]);
  assert.deepEqual(tokens.named, { bos_token: "b", eos_token: "e", image_token: "i" });
});

Deno.test("a class has names of its own, unless a file says null", () => {
  const names = { bos_token: "b", eos_token: "e" };
  assert.deepEqual(collect({ eos_token: null }, { names, padding: "p" }).named, {
    bos_token: "b",
    pad_token: "p",
  });
  assert.deepEqual(collect({}, { names: { pad_token: null }, padding: "p" }).named, {});
});

Deno.test("a token with a name is special, and one that tokenizer.json has is not added again", () => {
  const kept = [new AddedToken("e")];
  const listed = { "1": { content: "b", special: false } };
  const { added } = collect({ bos_token: "b", eos_token: "e", added_tokens_decoder: listed }, {
    kept,
  });
  assert.deepEqual(added.map(({ content, special }) => [content, special]), [
    ["e", false],
    ["b", true],
  ]);
});
