import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ByteWriter, type ColumnSource, parquetWrite } from "hyparquet-writer";
import { openParquet, slicesOf } from "../../../src/cli/score/parquet_file.ts";
import { parquetSource, requireJson } from "../../../src/cli/score/parquet_source.ts";
import { UnreadableRow } from "../../../src/cli/score/row.ts";
import { AbacusError } from "../../../src/errors.ts";
import { temporary } from "../temporary.ts";
import { columnsOf } from "./rows.ts";

const golden = fileURLToPath(new URL("../../golden/rows/", import.meta.url));
const { files } = JSON.parse(await Deno.readTextFile(join(golden, "parquet.json")));

async function write(columnData: ColumnSource[], rowGroupSize = 10_000): Promise<string> {
  const path = join(temporary(), "rows.parquet");
  const writer = new ByteWriter();
  parquetWrite({ writer, columnData, rowGroupSize });
  await Deno.writeFile(path, new Uint8Array(writer.getBuffer()));
  return path;
}

async function lines(path: string): Promise<string[]> {
  const rows = await Array.fromAsync(parquetSource(path).rows(0));
  return rows.map((row) => row instanceof UnreadableRow ? "" : row.line({}));
}

for (const [name, expected] of Object.entries(files)) {
  Deno.test(`${name}: every value is written as JSON to the last digit`, async () => {
    const path = join(golden, name);
    await requireJson(path);
    assert.deepEqual(await lines(path), expected);
  });
}

Deno.test("rows are read in order across row groups, from anywhere", async () => {
  const path = await write([
    { name: "prompt", data: Array.from({ length: 25 }, (_, i) => `p${i}`), type: "STRING" },
    { name: "n", data: Array.from({ length: 25 }, (_, i) => BigInt(i)), type: "INT64" },
  ], 10);
  const source = parquetSource(path);
  assert.deepEqual(await source.survey(), { rows: 25, columns: ["prompt", "n"] });
  for (const skip of [0, 9, 10, 24, 25]) {
    const rows = await Array.fromAsync(source.rows(skip));
    const expected = Array.from({ length: 25 }, (_, i) => ({ prompt: `p${i}`, n: i })).slice(skip);
    assert.deepEqual(rows.map(columnsOf), expected, `${skip}`);
    const few = await Array.fromAsync(source.rows(skip, 7));
    assert.deepEqual(few.map(columnsOf), expected.slice(0, 7), `${skip}`);
  }
});

Deno.test("a row knows which of its columns are null, and gains others behind them", async () => {
  const path = await write([{ name: "a", data: [null, 1], type: "INT32" }]);
  const [first, second] = await Array.fromAsync(parquetSource(path).rows(0));
  assert.ok(
    first && second && !(first instanceof UnreadableRow || second instanceof UnreadableRow),
  );
  assert.deepEqual([first.has("a"), second.has("a"), second.has("b")], [false, true, false]);
  assert.deepEqual([first.text("a"), second.text("a"), second.text("b")], ["null", "1", undefined]);
  assert.equal(second.line({ score: 2 }), '{"a":1,"score":2}');
});

Deno.test("JSON in a column stays what it is, in one line, and a text that is none stays text", async () => {
  const data = ['{"n": 9007199254740993,\n "x": NaN}', "no json"].map((text) =>
    new TextEncoder().encode(text)
  );
  const path = join(temporary(), "rows.parquet");
  const writer = new ByteWriter();
  const schema = [
    { name: "root", num_children: 1 },
    { name: "j", type: "BYTE_ARRAY" as const, repetition_type: "REQUIRED" as const },
  ];
  parquetWrite({ writer, columnData: [{ name: "j", data }], schema });
  await Deno.writeFile(path, new Uint8Array(writer.getBuffer()));
  assert.deepEqual(await lines(path), [
    '{"j":"{\\"n\\": 9007199254740993,\\n \\"x\\": NaN}"}',
    '{"j":"no json"}',
  ]);
  const typed = await write([{ name: "j", data: [{ a: [1] }, "x", null], type: "JSON" }]);
  assert.deepEqual(await lines(typed), ['{"j":{"a":[1]}}', '{"j":"x"}', '{"j":null}']);
});

Deno.test("columns for whose values JSON has nothing are refused before any work", async () => {
  for (
    const [name, column] of [["bytes.parquet", "image"], ["fixed_bytes.parquet", "id"]] as const
  ) {
    await assert.rejects(
      () => requireJson(join(golden, name)),
      (error) =>
        error instanceof AbacusError && error.kind === "bad_usage" &&
        error.message.endsWith(`(write .parquet instead): received the column '${column}'`),
    );
  }
});

Deno.test("large row groups are read in slices where that spares decoding them whole", async () => {
  const n = Array.from({ length: 9_000 }, (_, i) => i);
  const text = n.map((i) => `${i}`.repeat(100));
  const column = { name: "text", data: text, type: "STRING", encoding: "PLAIN" } as const;
  const slices = async (...columns: ColumnSource[]) =>
    slicesOf((await openParquet(await write(columns))).metadata);
  const cut = [[0, 4096], [4096, 8192], [8192, 9000]];
  assert.deepEqual(await slices({ name: "n", data: n, type: "INT32" }), cut);
  assert.deepEqual(await slices({ ...column, offsetIndex: true }), cut);
  assert.deepEqual(await slices({ ...column, offsetIndex: false }), [[0, 9000]]);
  const path = await write([{ ...column, offsetIndex: true }]);
  const rows = await Array.fromAsync(parquetSource(path).rows(4_000));
  assert.deepEqual(rows.map(columnsOf), text.slice(4_000).map((text) => ({ text })));
});

Deno.test("what is no Parquet file is bad usage that names it", async () => {
  const path = join(temporary(), "rows.parquet");
  await Deno.writeTextFile(path, "not parquet at all");
  for (const each of [path, `${path}.none`]) {
    await assert.rejects(
      () => parquetSource(each).survey(),
      (error) =>
        error instanceof AbacusError && error.kind === "bad_usage" && error.message.includes(each),
    );
  }
});
