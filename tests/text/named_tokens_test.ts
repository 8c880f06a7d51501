import assert from "node:assert/strict";
import { readNamedTokens } from "../../src/text/named_tokens.ts";
import { tokenizerDirectory } from "./golden.ts";

Deno.test("tokens have ids by their part and by their text", async () => {
  const tokens = await readNamedTokens(tokenizerDirectory("metaspace"));
  assert.deepEqual([tokens.special("bos_token"), tokens.special("eos_token")], [1, 2]);
  assert.equal(tokens.special("pad_token"), 2);
  assert.deepEqual([tokens.idOf("</s>"), tokens.idOf("nothing of the kind")], [2, undefined]);
});

Deno.test("a part that the files do not name has no token", async () => {
  const tokens = await readNamedTokens(tokenizerDirectory("wordpiece"));
  assert.equal(tokens.special("eos_token"), undefined);
});

Deno.test("a directory without a tokenizer is refused", async () => {
  await assert.rejects(readNamedTokens("/no/such"), { kind: "bad_model" });
});
