import assert from "node:assert/strict";
import { join } from "node:path";
import { ByteWriter, type ColumnSource, parquetWrite } from "hyparquet-writer";
import { openParquet, parquetSource, slicesOf } from "../../../src/cli/score/parquet_source.ts";
import { AbacusError } from "../../../src/errors.ts";
import { temporary } from "../temporary.ts";

async function write(columnData: ColumnSource[], rowGroupSize = 10_000): Promise<string> {
  const path = join(temporary(), "rows.parquet");
  const writer = new ByteWriter();
  parquetWrite({ writer, columnData, rowGroupSize });
  await Deno.writeFile(path, new Uint8Array(writer.getBuffer()));
  return path;
}

Deno.test("rows are read in order across row groups, from anywhere", async () => {
  const path = await write([
    { name: "prompt", data: Array.from({ length: 25 }, (_, i) => `p${i}`), type: "STRING" },
    { name: "n", data: Array.from({ length: 25 }, (_, i) => BigInt(i)), type: "INT64" },
  ], 10);
  const source = parquetSource(path);
  assert.equal(await source.count(), 25);
  for (const skip of [0, 9, 10, 24, 25]) {
    const rows = await Array.fromAsync(source.rows(skip));
    const expected = Array.from({ length: 25 }, (_, i) => ({ prompt: `p${i}`, n: i })).slice(skip);
    assert.deepEqual(rows, expected, `${skip}`);
  }
});

Deno.test("values arrive as JSON can hold them", async () => {
  const path = await write([
    { name: "big", data: [2n ** 60n, null], type: "INT64" },
    { name: "at", data: [new Date(0), null], type: "TIMESTAMP" },
    { name: "json", data: [{ a: [1] }, null], type: "JSON" },
    { name: "flag", data: [true, null], type: "BOOLEAN" },
    { name: "real", data: [0.5, null], type: "DOUBLE" },
  ]);
  assert.deepEqual(await Array.fromAsync(parquetSource(path).rows(0)), [
    {
      big: "1152921504606846976",
      at: "1970-01-01T00:00:00.000Z",
      json: { a: [1] },
      flag: true,
      real: 0.5,
    },
    { big: null, at: null, json: null, flag: null, real: null },
  ]);
});

Deno.test("bytes are the text that they hold, or base64 where they hold none", async () => {
  const data = [new TextEncoder().encode("é"), Uint8Array.of(0xff, 0)];
  const path = await write([{ name: "bytes", data, type: "BYTE_ARRAY" }]);
  const rows = await Array.fromAsync(parquetSource(path).rows(0));
  assert.deepEqual(rows, [{ bytes: "é" }, { bytes: "/wA=" }]);
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
  assert.deepEqual(rows, text.slice(4_000).map((text) => ({ text })));
});

Deno.test("what is no Parquet file is bad usage that names it", async () => {
  const path = join(temporary(), "rows.parquet");
  await Deno.writeTextFile(path, "not parquet at all");
  for (const each of [path, `${path}.none`]) {
    await assert.rejects(
      () => parquetSource(each).count(),
      (error) =>
        error instanceof AbacusError && error.kind === "bad_usage" && error.message.includes(each),
    );
  }
});
