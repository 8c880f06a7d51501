import assert from "node:assert/strict";
import { promptGroups } from "./prompt_groups.ts";

async function withLines<T>(lines: readonly object[], use: (path: string) => Promise<T>) {
  const path = await Deno.makeTempFile({ suffix: ".jsonl" });
  try {
    await Deno.writeTextFile(path, lines.map((each) => JSON.stringify(each) + "\n").join(""));
    return await use(path);
  } finally {
    await Deno.remove(path);
  }
}

const of = (prompt: string, step: number, completions: string) =>
  [...completions].map((completion) => ({ step, prompt, completion, score: 1 }));

Deno.test("lines of one prompt and step are a group, and whole groups are taken", async () => {
  const lines = [...of("p", 1, "ab"), ...of("p", 2, "cd"), ...of("q", 2, "ef")];
  const { completions, perPrompt } = await withLines(lines, (path) => promptGroups(path, 3));
  assert.equal(perPrompt, 2);
  assert.deepEqual(completions.map(({ completion }) => completion).join(""), "abcd");
});

Deno.test("prompts with other numbers of completions are refused, and single ones", async () => {
  const unequal = [...of("p", 1, "ab"), ...of("q", 1, "cde")];
  await assert.rejects(withLines(unequal, (path) => promptGroups(path, 9)), /received 3 of "q"/);
  const single = [...of("p", 1, "a"), ...of("q", 1, "b")];
  await assert.rejects(withLines(single, (path) => promptGroups(path, 9)), /received 1 of "p"/);
  await assert.rejects(withLines([], (path) => promptGroups(path, 9)), /received 0 of ""/);
});
