import assert from "node:assert/strict";
import fc from "fast-check";
import { linesOf, overlong } from "../../../src/cli/score/lines.ts";

async function* inChunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string, size: number, longestBytes = 1_000): Promise<(string | null)[]> {
  const lines: (string | null)[] = [];
  for await (const some of linesOf(inChunks(text, size), { longestBytes })) {
    for (const line of some) {
      lines.push(line === overlong ? null : new TextDecoder().decode(line));
    }
  }
  return lines;
}

Deno.test("lines are the same however the bytes arrive", async () => {
  const text = fc.array(fc.string({ unit: "grapheme" }).map((line) => line.replaceAll("\n", "")));
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      async (lines, size, ended) => {
        const joined = lines.join("\n") + (ended ? "\n" : "");
        const expected = joined.split("\n");
        if (expected.at(-1) === "") expected.pop();
        assert.deepEqual(await read(joined, size), expected);
      },
    ),
  );
});

Deno.test("a chunk that is used again by its owner does not change a line", async () => {
  async function* reusing() {
    const chunk = new TextEncoder().encode("ab");
    yield chunk;
    await Promise.resolve();
    chunk.set(new TextEncoder().encode("c\n"));
    yield chunk;
  }
  const lines = (await Array.fromAsync(linesOf(reusing(), { longestBytes: 10 }))).flat();
  assert.deepEqual(lines.map((line) => line === overlong ? line : [...line]), [[97, 98, 99]]);
});

Deno.test("a line that is too long leaves a mark, and the next one is read", async () => {
  for (const size of [1, 3, 100]) {
    assert.deepEqual(await read("12345\n123456\n1\n", size, 5), ["12345", null, "1"]);
    assert.deepEqual(await read("1234567890", size, 5), [null]);
  }
});
