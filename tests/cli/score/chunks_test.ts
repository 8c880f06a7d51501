import assert from "node:assert/strict";
import fc from "fast-check";
import { chunksOf } from "../../../src/cli/score/chunks.ts";
import { layouts } from "../../../src/cli/score/layouts.ts";
import type { Row } from "../../../src/cli/score/row.ts";
import { rowOf } from "./rows.ts";

async function* stream(rows: readonly Row[]): AsyncGenerator<Row> {
  yield* rows;
}

async function lengths(rows: readonly Row[], tokens: number): Promise<number[]> {
  const chunks = await Array.fromAsync(chunksOf(stream(rows), { layouts, tokens }));
  return chunks.map(({ length }) => length);
}

const texts = fc.array(fc.string({ maxLength: 40 }), { maxLength: 60 });

function asRows(completions: readonly string[]): Row[] {
  return completions.map((completion) => rowOf({ prompt: "a prompt", completion }));
}

Deno.test("chunks hold every row once, in order", async () => {
  await fc.assert(fc.asyncProperty(texts, fc.integer({ min: 1, max: 50 }), async (all, tokens) => {
    const rows = asRows(all);
    const chunks = await Array.fromAsync(chunksOf(stream(rows), { layouts, tokens }));
    assert.deepEqual(chunks.flat().map(({ row }) => row), rows);
    assert.ok(chunks.every((chunk) => chunk.length > 0));
  }));
});

Deno.test("chunks behind a boundary are the same when reading begins there", async () => {
  await fc.assert(fc.asyncProperty(texts, fc.integer({ min: 1, max: 50 }), async (all, tokens) => {
    const rows = asRows(all);
    const whole = await lengths(rows, tokens);
    let read = 0;
    for (const [i, length] of whole.entries()) {
      read += length;
      assert.deepEqual(await lengths(rows.slice(read), tokens), whole.slice(i + 1));
    }
  }));
});

Deno.test("a chunk ends with the row that fills it, whatever form its rows have", async () => {
  const row = { prompt: "x".repeat(4), completion: "x".repeat(36) };
  assert.deepEqual(await lengths(Array(7).fill(rowOf(row)), 30), [3, 3, 1]);
  const ids = { prompt_ids: [1, 2], completion_ids: [[1, 2, 3], [1, 2, 3, 4, 5]] };
  assert.deepEqual(await lengths(Array(5).fill(rowOf(ids)), 20), [2, 2, 1]);
  const chat = {
    messages: [{ role: "user", content: "x".repeat(20) }],
    completion: "x".repeat(20),
  };
  assert.deepEqual(await lengths(Array(3).fill(rowOf(chat)), 20), [2, 1]);
});

Deno.test("rows that cost nothing fill a chunk by their number", async () => {
  assert.deepEqual(await lengths(Array(5_000).fill(rowOf({ bad: true })), 10), [2048, 2048, 904]);
});
