import assert from "node:assert/strict";
import { join } from "node:path";
import { markedText, markedTexts } from "./marked.ts";

Deno.test("ranges of words become ranges of characters, as far as the text goes", () => {
  const document = "a  fine\nfilm , 🎬 so dull";
  const { text, marks } = markedText(document, { ranges: [[1, 3], [4, 9], [6, 7]], words: 6 });
  assert.equal(text, "a fine film , 🎬 so");
  assert.deepEqual(marks.map((range) => Array.from(text).slice(...range).join("")), [
    "fine film",
    "🎬 so",
  ]);
});

Deno.test("a directory in ERASER's format is read, texts without a mark left out", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(directory, "docs"));
    await Deno.writeTextFile(join(directory, "docs", "neg_1.txt"), "it is dull . very");
    const line = (start_token: number) =>
      JSON.stringify({
        annotation_id: "neg_1.txt",
        classification: "NEG",
        query: "What?",
        evidences: [[{ docid: "neg_1.txt", start_token, end_token: start_token + 1, text: "" }]],
      });
    await Deno.writeTextFile(join(directory, "val.jsonl"), `${line(2)}\n${line(4)}\n`);
    assert.deepEqual(await markedTexts(directory, { count: 5, words: 4 }), [
      { text: "it is dull .", marks: [[6, 10]], label: "NEG" },
    ]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
