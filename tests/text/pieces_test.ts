import assert from "node:assert/strict";
import { decodedTexts } from "../../src/text/pieces.ts";
import { goldenTokenizer } from "./golden.ts";

Deno.test("each token writes what decoding it behind the others adds", async () => {
  // A decoder that drops the space at the start of a text, as that of Llama does.
  const words = ["", " It", " works", ".", " Yes"];
  const decode = (lists: readonly Int32Array[]) =>
    Promise.resolve(lists.map((ids) => Array.from(ids, (id) => words[id]).join("").trimStart()));
  const [first, empty] = await decodedTexts([Int32Array.of(1, 2, 3, 4), new Int32Array()], decode);
  assert.equal(first!.text, "It works. Yes");
  assert.deepEqual(first!.offsets, [[0, 2], [2, 8], [8, 9], [9, 13]]);
  assert.deepEqual(empty, { text: "", offsets: [] });
});

for (const name of ["byte", "llama", "wordpiece"]) {
  Deno.test(`${name}: ids of a text write that text`, async () => {
    const tokenizer = await goldenTokenizer(name);
    const prompt = "the end. a movie was great! the end";
    const [encoding] = await tokenizer.encode([{ kind: "plain", prompt, completion: "" }], "none");
    assert.ok(encoding !== undefined && !(encoding instanceof Error));
    const [decoded] = await decodedTexts([encoding.ids], (lists) => tokenizer.decode(lists));
    const [whole] = await tokenizer.decode([encoding.ids]);
    assert.equal(decoded!.text, whole);
    assert.equal(decoded!.offsets.length, encoding.ids.length);
  });
}
