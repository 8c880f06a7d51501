import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AddedToken } from "../../src/text/added_token.ts";
import { openLibrary } from "../../src/text/open_library.ts";
import { defineTokenizer, type TokenizerDefinition } from "../../src/text/tokenizer_definition.ts";
import { onlyTokenizerJson } from "../../src/text/tokenizer_files.ts";
import { tokenizerDirectory } from "./golden.ts";

function jsonOf(name: string): string {
  return readFileSync(join(tokenizerDirectory(name), "tokenizer.json"), "utf-8");
}

/** The tokenizer of a tokenizer.json, with further tokens behind its own. */
function open(json: string, ...further: AddedToken[]) {
  const definition: TokenizerDefinition = defineTokenizer(onlyTokenizerJson(json));
  return openLibrary({ ...definition, added: [...definition.added, ...further] }, "all");
}

Deno.test("padding and truncation that a file asks for are off", async () => {
  assert.match(jsonOf("metaspace"), /"max_length":8/);
  const { library } = open(jsonOf("metaspace"));
  const long = await library.encode("the end of the movie was great");
  const short = await library.encode("the");
  assert.ok(long.getLength() > 8);
  assert.ok(short.getLength() < 64);
});

Deno.test("spaces stay in the spans of their tokens, and the ids are the same", async () => {
  const trimming = jsonOf("trimmed");
  assert.match(trimming, /"trim_offsets":true/);
  const { library } = open(trimming);
  const encoding = await library.encode("the end   \n");
  const covered = encoding.getOffsets().slice(1, -1);
  assert.equal(covered.at(-1)?.[1], 11);
  for (const [start, end] of covered) assert.ok(start! < end!);
  assert.equal(encoding.getTokens()[0], "<s>");
  assert.equal(encoding.getTokens().at(-1), "</s>");
});

Deno.test("tokens that only the config lists are matched as a whole", async () => {
  const { library } = open(jsonOf("byte"), new AddedToken("Ġgreat", { special: true }));
  const tokens = (await library.encode("xĠgreatx")).getTokens();
  assert.deepEqual(tokens, ["x", "Ġgreat", "x"]);
  const without = open(jsonOf("byte")).library;
  assert.notDeepEqual((await without.encode("xĠgreatx")).getTokens(), tokens);
});

Deno.test("a listed token outside the vocabulary has the next id", async () => {
  const { library } = open(jsonOf("byte"), new AddedToken("<new>", { special: true }));
  assert.equal(library.tokenToId("<new>"), 427);
  assert.deepEqual((await library.encode("<new>")).getIds(), [427]);
});

Deno.test("two tokens that become one by the normaliser are refused, as the library chooses by chance", () => {
  const [upper, lower] = [new AddedToken("END"), new AddedToken("end")];
  assert.throws(() => open(jsonOf("folded"), upper, lower), {
    kind: "bad_model",
    message: /'END' and 'end' are the same once they are normalised, .*: received 'end' for both$/,
  });
  open(jsonOf("folded"), upper, upper);
  open(jsonOf("folded"), upper, new AddedToken("end", { special: true }));
  open(jsonOf("byte"), upper, lower);
});

Deno.test("tokens that swallow space are known, with their own length", () => {
  const { stripping } = open(jsonOf("llama"));
  assert.deepEqual([...stripping.values()], [{ length: 13, lstrip: false, rstrip: true }]);
});

Deno.test("what the library refuses is a bad model", () => {
  const table: [json: string, message: RegExp][] = [
    ["", /tokenizer.json as it must be JSON: received /],
    ["[]", /'' of tokenizer.json cannot be used: received /],
    ["{}", /'model' of tokenizer.json cannot be used: received /],
    ['{"added_tokens": 5}', /'added_tokens' of tokenizer.json cannot be used: received .*array/],
    ['{"version":"1.0","added_tokens":[],"model":{"type":"Oracle"}}', /refuses it: received /],
  ];
  for (const [json, message] of table) {
    assert.throws(() => open(json), { kind: "bad_model", message }, json);
  }
});
