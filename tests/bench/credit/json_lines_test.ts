import assert from "node:assert/strict";
import { z } from "zod";
import { readJsonLines } from "./json_lines.ts";

const schema = z.object({ text: z.string() });

async function read(content: string): Promise<unknown> {
  const path = await Deno.makeTempFile({ suffix: ".jsonl" });
  try {
    await Deno.writeTextFile(path, content);
    return await readJsonLines(path, schema);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("lines are read, blank ones passed over", async () => {
  assert.deepEqual(await read('{"text": "a"}\n\n{"text": "b", "more": 1}\n'), [
    { text: "a" },
    { text: "b" },
  ]);
});

Deno.test("a wrong line is named with what it holds", async () => {
  await assert.rejects(read('{"text": "a"}\nnothing'), {
    kind: "bad_usage",
    message: /jsonl:2 as it is no JSON: received nothing$/,
  });
  await assert.rejects(read('\n{"text": 3}'), {
    kind: "bad_usage",
    message: /jsonl:2 as text: .*expected string.*: received \{"text": 3\}$/,
  });
});

Deno.test("a long line is quoted as far as 80 characters", async () => {
  await assert.rejects(read("x".repeat(200)), { message: /received x{80}…$/ });
});

Deno.test("a file that is not there is named", async () => {
  await assert.rejects(readJsonLines("nowhere.jsonl", schema), {
    kind: "bad_usage",
    message: /^Cannot read nowhere\.jsonl: No such file/,
  });
});
