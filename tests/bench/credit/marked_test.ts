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

/** Runs on a directory with these files. */
async function withFiles(
  files: Readonly<Record<string, string>>,
  run: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(directory, "docs"));
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(directory, name), text);
    }
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function jsonLines(...values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value) + "\n").join("");
}

Deno.test("documents of one file are found by their ids, and marks are those of the document", async () => {
  const evidence = (docid: string, start_token: number) => {
    return { docid, start_token, end_token: start_token + 1, text: "" };
  };
  const files = {
    "docs.jsonl": jsonLines(
      { docid: "1_premise", document: "A man sleeps ." },
      { docid: "1_hypothesis", document: "A man runs ." },
    ),
    "test.jsonl": jsonLines({
      annotation_id: "1",
      classification: "contradiction",
      evidences: [[evidence("1_premise", 2)], [evidence("1_hypothesis", 1)], [
        evidence("1_premise", -1),
      ]],
    }),
  };
  await withFiles(files, async (directory) => {
    assert.deepEqual(await markedTexts(directory, { count: 5, words: 9 }), [
      { text: "A man sleeps .", marks: [[6, 12]], label: "contradiction" },
    ]);
  });
});

Deno.test("a document that is missing, or marks, are named", async () => {
  const marks = { annotation_id: "1", classification: "NEG", evidences: [] };
  const files = { "docs.jsonl": "", "val.jsonl": jsonLines(marks) };
  await withFiles(files, async (directory) => {
    await assert.rejects(
      markedTexts(directory, { count: 1, words: 9 }),
      /docs\.jsonl: received 1$/,
    );
  });
  await withFiles({}, async (directory) => {
    await assert.rejects(markedTexts(directory, { count: 1, words: 9 }), /neither test.jsonl nor/);
  });
});

Deno.test("a directory in ERASER's format is read, texts without a mark left out", async () => {
  const line = (start_token: number) => ({
    annotation_id: "neg_1.txt",
    classification: "NEG",
    query: "What?",
    evidences: [[{ docid: "neg_1.txt", start_token, end_token: start_token + 1, text: "" }]],
  });
  const files = {
    "docs/neg_1.txt": "it is dull . very",
    "val.jsonl": jsonLines(line(2), line(4)),
  };
  await withFiles(files, async (directory) => {
    assert.deepEqual(await markedTexts(directory, { count: 5, words: 4 }), [
      { text: "it is dull .", marks: [[6, 10]], label: "NEG" },
    ]);
  });
});
