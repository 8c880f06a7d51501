import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import type { SchemaElement } from "hyparquet";
import { ByteWriter, type ColumnSource, parquetWrite } from "hyparquet-writer";
import { carriedFromJson, carriedFromParquet } from "../../../src/cli/score/carried.ts";
import { gainedNames, writeParquet } from "../../../src/cli/score/parquet_output.ts";
import { AbacusError } from "../../../src/errors.ts";
import { temporary } from "../temporary.ts";
import { rowOf, sourceOf, torn } from "./rows.ts";

const single = { score: 2.5, truncated: false };

Deno.test("columns of JSON rows are those of all of them, and a row without one has null", async () => {
  const source = sourceOf([rowOf({ a: 1 }), torn(), rowOf({ b: "x", a: null })]);
  const { columns, rows } = await carriedFromJson(source);
  assert.deepEqual(columns.map(({ name, declared }) => [name, declared[0]?.type]), [
    ["a", "INT64"],
    ["b", "BYTE_ARRAY"],
  ]);
  assert.deepEqual(await Array.fromAsync(rows()), [
    { a: 1n, b: null },
    { a: null, b: null },
    { a: null, b: "x" },
  ]);
});

async function parquet(columnData: ColumnSource[], schema?: SchemaElement[]): Promise<string> {
  const path = join(temporary(), "in.parquet");
  const writer = new ByteWriter();
  parquetWrite({ writer, columnData, ...(schema === undefined ? {} : { schema }) });
  await Deno.writeFile(path, new Uint8Array(writer.getBuffer()));
  return path;
}

Deno.test("columns of a Parquet input keep their types, and instants every digit", async () => {
  const schema: SchemaElement[] = [
    { name: "root", num_children: 6 },
    {
      name: "at",
      type: "INT64",
      repetition_type: "OPTIONAL",
      logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
      converted_type: "TIMESTAMP_MICROS",
    },
    { name: "raw", type: "BYTE_ARRAY", repetition_type: "OPTIONAL" },
    { name: "text", type: "BYTE_ARRAY", repetition_type: "OPTIONAL", converted_type: "UTF8" },
    { name: "many", repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type: "INT64", repetition_type: "OPTIONAL" },
    {
      name: "price",
      type: "INT32",
      repetition_type: "OPTIONAL",
      converted_type: "DECIMAL",
      precision: 9,
      scale: 2,
    },
    { name: "day", type: "INT32", repetition_type: "OPTIONAL", converted_type: "DATE" },
  ];
  const path = await parquet([
    { name: "at", data: [1_234_567_890_123_456n, null] },
    { name: "raw", data: [Uint8Array.of(0xff, 0), null] },
    { name: "text", data: ["é", null] },
    { name: "many", data: [[1n, null], null] },
    { name: "price", data: [12.34, null] },
    { name: "day", data: [20_000, null] },
  ], schema);
  const out = join(temporary(), "out.parquet");
  const carried = await carriedFromParquet(path);
  await writeParquet(out, {
    results: () => ReadableStream.from([single, single]),
    carried,
    prefix: "",
  });
  const exact = {
    parsers: { timestampFromMicroseconds: (count: bigint) => count },
    utf8: false,
  };
  const all = async (path: string) => ({
    rows: await parquetReadObjects({ file: await asyncBufferFromFile(path), ...exact }),
    schema: (await parquetMetadataAsync(await asyncBufferFromFile(path))).schema,
  });
  const [before, after] = [await all(path), await all(out)];
  assert.deepEqual(after.schema.slice(1, schema.length), before.schema.slice(1));
  const kept = after.rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => !gainedNames("").includes(name)))
  );
  assert.deepEqual(kept, before.rows);
  assert.equal(after.rows[0]?.["at"], 1_234_567_890_123_456n);
});

function mapSchema(key: Partial<SchemaElement>): SchemaElement[] {
  return [
    { name: "root", num_children: 1 },
    { name: "m", repetition_type: "OPTIONAL", num_children: 1, converted_type: "MAP" },
    { name: "key_value", repetition_type: "REPEATED", num_children: 2 },
    { name: "key", type: "BYTE_ARRAY", repetition_type: "REQUIRED", ...key },
    { name: "value", type: "INT32", repetition_type: "OPTIONAL" },
  ];
}

Deno.test("maps keep their keys, of whatever type, as the entries that they are", async () => {
  for (
    const [key, type] of [["k", { converted_type: "UTF8" }], [Uint8Array.of(0xff), {}]] as const
  ) {
    const data = [[{ key, value: 1 }, { key, value: 2 }], [], null];
    const path = await parquet([{ name: "m", data }], mapSchema(type));
    const { rows } = await carriedFromParquet(path);
    const stored = typeof key === "string" ? new TextEncoder().encode(key) : key;
    const entries = [{ key: stored, value: 1 }, { key: stored, value: 2 }];
    const read = (await Array.fromAsync(rows())).map(({ m }) => m ?? null);
    assert.deepEqual(read, [entries, [], null]);
  }
});

Deno.test("unsigned integers keep their type under the name that readers understand", async () => {
  const path = await parquet([{ name: "n", data: [200, 255] }], [
    { name: "root", num_children: 1 },
    { name: "n", type: "INT32", repetition_type: "REQUIRED", converted_type: "UINT_8" },
  ]);
  const { columns } = await carriedFromParquet(path);
  const [declared] = columns[0]?.declared ?? [];
  assert.deepEqual([declared?.converted_type, declared?.logical_type], ["UINT_8", undefined]);
});

Deno.test("a column that cannot be written unchanged is refused before anything is scored", async () => {
  await assert.rejects(
    () =>
      carriedFromParquet(
        fileURLToPath(new URL("../../golden/rows/int96.parquet", import.meta.url)),
      ),
    (error) =>
      error instanceof AbacusError && error.kind === "bad_usage" &&
      /received the column 'at' with values of type INT96$/.test(error.message),
  );
});
