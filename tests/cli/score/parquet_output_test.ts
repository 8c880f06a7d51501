import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { carriedFromJson } from "../../../src/cli/score/carried.ts";
import { gainedNames, writeParquet } from "../../../src/cli/score/parquet_output.ts";
import type { Fields } from "../../../src/cli/score/row.ts";
import { temporary } from "../temporary.ts";
import { rowOf, sourceOf } from "./rows.ts";

function place(name = "out.parquet"): string {
  return join(temporary(), name);
}

async function read(path: string): Promise<Fields[]> {
  return await parquetReadObjects({ file: await asyncBufferFromFile(path) });
}

async function put(
  input: readonly object[],
  gained: readonly Fields[],
  prefix = "",
): Promise<string> {
  const path = place();
  const carried = await carriedFromJson(sourceOf(input.map(rowOf)));
  await writeParquet(path, { results: () => ReadableStream.from(gained), carried, prefix });
  return path;
}

const single = {
  score: 2.5,
  rewards: [0.5, 2],
  credit: [0.25, 0.75],
  token_ids: [7, 8],
  offsets: [[0, 1], [1, 2]],
  response_mass: 0.5,
  read_at: { position: 3, token_id: 8 },
  truncated: false,
};

Deno.test("rows keep their own columns and gain their results, with their types", async () => {
  const empty = { ...single, rewards: [], credit: [], token_ids: [], offsets: [], offset: 2.5 };
  const input = [
    { id: 1, prompt: "a", ok: true, tags: ["x"], more: { deep: [1] } },
    { id: 2, prompt: "b", ok: null, tags: [], more: null },
    { id: 3, prompt: "c" },
  ];
  const error = { kind: "too_long", message: "Cannot score", path: "completion", line: 3 };
  const path = await put(input, [single, empty, { error }]);
  const rows = await read(path);
  const { error: _0, offset: _1, ...first } = rows[0] ?? {};
  assert.deepEqual(first, { ...input[0], id: 1n, ...single });
  assert.deepEqual([rows[1]?.["rewards"], rows[1]?.["offset"]], [[], 2.5]);
  assert.deepEqual([rows[2]?.["id"], rows[2]?.["error"]], [3n, error]);
  assert.equal(rows[2]?.["score"] ?? null, null);
  assert.ok(!existsSync(`${path}.new`));
});

Deno.test("results of several completions are lists of structures", async () => {
  const results = [single, { ...single, score: -1, rewards: [], fallback: "uniform" }];
  const path = await put([{ a: "x" }, { a: "y" }], [{ results }, { results: [] }]);
  const [first, second] = await read(path);
  const lists = first?.["results"] as Fields[];
  assert.deepEqual(
    lists.map(({ score, rewards, fallback }) => [score, rewards, fallback ?? null]),
    [
      [2.5, [0.5, 2], null],
      [-1, [], "uniform"],
    ],
  );
  assert.deepEqual(second?.["results"], []);
});

Deno.test("only columns that some row gained are there, under the prefix", async () => {
  const path = await put([{ score: 1 }], [{ rm_score: 2, rm_truncated: true }], "rm_");
  assert.deepEqual(await read(path), [{ score: 1n, rm_score: 2, rm_truncated: true }]);
  assert.ok(gainedNames("rm_").includes("rm_error"));
});

Deno.test("an input of no rows makes an output of none", async () => {
  const path = await put([], []);
  const { num_rows, schema } = await parquetMetadataAsync(await asyncBufferFromFile(path));
  assert.deepEqual([num_rows, schema.length], [0n, 2]);
});

Deno.test("more rows than a group holds keep their order", async () => {
  const count = 20_000;
  const input = Array.from({ length: count }, (_, id) => ({ id }));
  const path = await put(input, input.map(({ id }) => ({ score: id / 2 })));
  const rows = await read(path);
  assert.equal(rows.length, count);
  assert.ok(rows.every((row, i) => row["id"] === BigInt(i) && row["score"] === i / 2));
});
