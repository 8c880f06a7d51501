import assert from "node:assert/strict";
import { realTexts } from "./real_texts.ts";

Deno.test("texts are read as far as their first words, short ones not at all", async () => {
  const file = await Deno.makeTempFile();
  try {
    const long = "a b  c d\ne f g h i j k l";
    const lines = ["too short", long, `${long} m`, long].map((text) => JSON.stringify({ text }));
    await Deno.writeTextFile(file, `${lines.join("\n")}\n\n`);
    assert.deepEqual(await realTexts(file, { count: 2, words: 11 }), [
      "a b c d e f g h i j k",
      "a b c d e f g h i j k",
    ]);
  } finally {
    await Deno.remove(file);
  }
});
