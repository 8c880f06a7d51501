import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openLibrary } from "../../src/text/open_library.ts";
import { tokenizerDirectory } from "./golden.ts";

function jsonOf(name: string): string {
  return readFileSync(join(tokenizerDirectory(name), "tokenizer.json"), "utf-8");
}

const plain = {
  lstrip: false,
  rstrip: false,
  single_word: false,
  normalized: false,
  special: true,
};

Deno.test("padding and truncation that a file asks for are off", async () => {
  assert.match(jsonOf("metaspace"), /"max_length":8/);
  const { library } = openLibrary(jsonOf("metaspace"), []);
  const long = await library.encode("the end of the movie was great");
  const short = await library.encode("the");
  assert.ok(long.getLength() > 8);
  assert.ok(short.getLength() < 64);
});

Deno.test("spaces stay in the spans of their tokens, and the ids are the same", async () => {
  const trimming = jsonOf("trimmed");
  assert.match(trimming, /"trim_offsets":true/);
  const { library } = openLibrary(trimming, []);
  const encoding = await library.encode("the end   \n");
  const covered = encoding.getOffsets().slice(1, -1);
  assert.equal(covered.at(-1)?.[1], 11);
  for (const [start, end] of covered) assert.ok(start! < end!);
  assert.equal(encoding.getTokens()[0], "<s>");
  assert.equal(encoding.getTokens().at(-1), "</s>");
});

Deno.test("tokens that only the config lists are matched as a whole", async () => {
  const { library } = openLibrary(jsonOf("byte"), [{ ...plain, content: "Ġgreat" }]);
  const tokens = (await library.encode("xĠgreatx")).getTokens();
  assert.deepEqual(tokens, ["x", "Ġgreat", "x"]);
  const without = openLibrary(jsonOf("byte"), []).library;
  assert.notDeepEqual((await without.encode("xĠgreatx")).getTokens(), tokens);
});

Deno.test("a listed token without an id stays plain text", async () => {
  const { library } = openLibrary(jsonOf("byte"), [{ ...plain, content: "<new>" }]);
  assert.equal(library.tokenToId("<new>"), null);
  assert.ok((await library.encode("<new>")).getLength() > 1);
});

Deno.test("tokens that swallow space are known, with their own length", () => {
  const { stripping } = openLibrary(jsonOf("llama"), []);
  assert.deepEqual([...stripping.values()], [{ length: 13, lstrip: false, rstrip: true }]);
});

Deno.test("what the library refuses is a bad model", () => {
  const table: [json: string, message: RegExp][] = [
    ["", /refuses it: received /],
    ["[]", /refuses it: received /],
    ["{}", /refuses it: received /],
    ['{"added_tokens": 5}', /refuses it: received .*array/],
    ['{"version":"1.0","added_tokens":[],"model":{"type":"Oracle"}}', /refuses it: received /],
  ];
  for (const [json, message] of table) {
    assert.throws(() => openLibrary(json, []), { kind: "bad_model", message }, json);
  }
});
