import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { jsonlSource } from "../../../src/cli/score/jsonl_source.ts";
import { UnreadableRow } from "../../../src/cli/score/row.ts";
import { AbacusError } from "../../../src/errors.ts";
import { temporary } from "../temporary.ts";
import { columnsOf } from "./rows.ts";

async function source(content: string | Uint8Array, gzip = false) {
  const path = join(temporary(), "rows.jsonl");
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await Deno.writeFile(path, gzip ? gzipSync(bytes) : bytes);
  return jsonlSource({ path, gzip });
}

async function rows(content: string | Uint8Array, options: { skip?: number; gzip?: boolean } = {}) {
  return (await read(content, options)).map(columnsOf);
}

async function read(content: string | Uint8Array, { skip = 0, gzip = false } = {}) {
  return await Array.fromAsync((await source(content, gzip)).rows(skip));
}

Deno.test("each line is a row, blank lines are none, and the last needs no end", async () => {
  const text = '\uFEFF{"a":1}\r\n\n   \t\n{"a":2}\n{"a":3}';
  assert.deepEqual(await rows(text), [{ a: 1 }, { a: 2 }, { a: 3 }]);
  assert.equal((await (await source(text)).survey()).rows, 3);
  assert.deepEqual(await rows(text, { skip: 2 }), [{ a: 3 }]);
  assert.deepEqual(await rows(text, { skip: 3 }), []);
});

Deno.test("an empty file has no rows", async () => {
  assert.deepEqual(await rows(""), []);
  assert.equal((await (await source("\n\n")).survey()).rows, 0);
});

Deno.test("gzip is read in passing", async () => {
  const text = Array.from({ length: 5_000 }, (_, a) => JSON.stringify({ a })).join("\n");
  assert.deepEqual(await rows(text, { gzip: true, skip: 4_990 }), [
    ...Array.from({ length: 10 }, (_, i) => ({ a: 4_990 + i })),
  ]);
  assert.equal((await (await source(text, true)).survey()).rows, 5_000);
});

Deno.test("a line that is no row is an error in its place", async () => {
  const torn = '{"a":1}\n\n{"a":\n[1]\n"x"\nnull\n{"a":1,"b":2,"a":3}\n{"b":"?"}\n';
  const text = new TextEncoder().encode(torn);
  text[text.indexOf("?".charCodeAt(0))] = 0xff;
  const [first, ...others] = await read(text);
  assert.deepEqual(first && columnsOf(first), { a: 1 });
  const bad = "Cannot read the row as its line";
  assert.deepEqual(others.map((row) => row instanceof UnreadableRow && [row.line, row.message]), [
    [3, `${bad} is not JSON: received {"a":`],
    [4, `${bad} is not a JSON object: received [1]`],
    [5, `${bad} is not a JSON object: received "x"`],
    [6, `${bad} is not a JSON object: received null`],
    [7, `${bad} has the key 'a' twice: received {"a":1,"b":2,"a":3}`],
    [8, `${bad} is not UTF-8: received {"b":"\uFFFD"}`],
  ]);
});

Deno.test("a file that cannot be read is bad usage that names it", async () => {
  const torn = gzipSync(new TextEncoder().encode('{"a":1}\n'.repeat(1_000))).subarray(0, 40);
  const path = join(temporary(), "torn.jsonl.gz");
  await Deno.writeFile(path, torn);
  for (const file of [{ path, gzip: true }, { path: `${path}.none`, gzip: false }]) {
    await assert.rejects(
      () => Array.fromAsync(jsonlSource(file).rows(0)),
      (error) =>
        error instanceof AbacusError && error.kind === "bad_usage" &&
        error.message.endsWith(`: received ${file.path}`),
    );
  }
});
