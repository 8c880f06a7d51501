import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { jsonlSource } from "../../../src/cli/score/jsonl_source.ts";
import { AbacusError } from "../../../src/errors.ts";
import { temporary } from "../temporary.ts";

async function source(content: string | Uint8Array, gzip = false) {
  const path = join(temporary(), "rows.jsonl");
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await Deno.writeFile(path, gzip ? gzipSync(bytes) : bytes);
  return jsonlSource({ path, gzip });
}

async function rows(content: string | Uint8Array, { skip = 0, gzip = false } = {}) {
  return await Array.fromAsync((await source(content, gzip)).rows(skip));
}

Deno.test("each line is a row, blank lines are none, and the last needs no end", async () => {
  const text = '\uFEFF{"a":1}\r\n\n   \t\n{"a":2}\n{"a":3}';
  assert.deepEqual(await rows(text), [{ a: 1 }, { a: 2 }, { a: 3 }]);
  assert.equal(await (await source(text)).count(), 3);
  assert.deepEqual(await rows(text, { skip: 2 }), [{ a: 3 }]);
  assert.deepEqual(await rows(text, { skip: 3 }), []);
});

Deno.test("an empty file has no rows", async () => {
  assert.deepEqual(await rows(""), []);
  assert.equal(await (await source("\n\n")).count(), 0);
});

Deno.test("gzip is read in passing", async () => {
  const text = Array.from({ length: 5_000 }, (_, a) => JSON.stringify({ a })).join("\n");
  const read = await rows(text, { gzip: true, skip: 4_990 });
  assert.deepEqual(read.map((row) => "a" in row ? row.a : row), [
    4990,
    4991,
    4992,
    4993,
    4994,
    4995,
    4996,
    4997,
    4998,
    4999,
  ]);
  assert.equal(await (await source(text, true)).count(), 5_000);
});

Deno.test("a line that is no row is an error in its place", async () => {
  const text = new TextEncoder().encode('{"a":1}\n{"a":\n[1]\n"x"\nnull\n{"b":"?"}\n');
  text[text.indexOf("?".charCodeAt(0))] = 0xff;
  const [first, ...others] = await rows(text);
  assert.deepEqual(first, { a: 1 });
  assert.deepEqual(others.map((row) => row instanceof AbacusError && [row.kind, row.message]), [
    ["invalid_request", 'Cannot read the row as its line is not JSON: received {"a":'],
    ["invalid_request", "Cannot read the row as its line is not a JSON object: received [1]"],
    ["invalid_request", 'Cannot read the row as its line is not a JSON object: received "x"'],
    ["invalid_request", "Cannot read the row as its line is not a JSON object: received null"],
    ["invalid_request", 'Cannot read the row as its line is not UTF-8: received {"b":"\uFFFD"}'],
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
