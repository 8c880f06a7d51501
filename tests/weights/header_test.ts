import assert from "node:assert/strict";
import { join } from "node:path";
import { AbacusError } from "../../src/errors.ts";
import { readHeader } from "../../src/weights/header.ts";
import {
  headerLength,
  safetensors,
  temporaryDirectory,
  withHeader,
} from "../support/checkpoint.ts";

/** The header of a file with one tensor of two float32 numbers. */
const good = '{"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}';
const data = new Uint8Array(8);

const hostile: [what: string, bytes: Uint8Array, message: RegExp][] = [
  ["no bytes", new Uint8Array(), /too short for a safetensors file: received 0 bytes$/],
  ["seven bytes", new Uint8Array(7), /too short for a safetensors file: received 7 bytes$/],
  ["a header of no bytes", headerLength(0n), /too short for a JSON object: received 0 bytes$/],
  ["a header of one byte", withHeader("{"), /too short for a JSON object: received 1 bytes$/],
  [
    "a header longer than the file",
    headerLength(5n),
    /longer than the file of 8 bytes.*received 5 bytes$/,
  ],
  [
    "a header of 2^64 - 1 bytes",
    headerLength(2n ** 64n - 1n),
    /at most 100000000 bytes: received 18446744073709551615 bytes$/,
  ],
  ["a header over the limit", headerLength(100_000_001n), /at most 100000000 bytes/],
  ["a header at the limit and no such bytes", headerLength(100_000_000n), /longer than the file/],
  ["a header cut off", withHeader(good).subarray(0, 30), /longer than the file of 30 bytes/],
  ["a header that is no JSON", withHeader("{w: 1}"), /is not JSON: received "\{w: 1\}"$/],
  ["a header that is no UTF-8", withHeader(new Uint8Array([0x7b, 0xc3, 0x7d])), /is not UTF-8/],
  ["a list for a header", withHeader("[1]"), /not a JSON object: received \[1\]$/],
  ["null for a header", withHeader("null"), /not a JSON object: received null$/],
  ["a text for a header", withHeader('"{}"'), /not a JSON object/],
  ["a million brackets for a header", withHeader("[".repeat(1e6)), /nested more than 64 deep/],
  [
    "ten million numbers for a header",
    withHeader(`[${"0,".repeat(1e7)}0]`),
    /has more than 10000000 parts: received 20000003 characters$/,
  ],
  ["one name twice", withHeader(`{"w": {}, "w": {}}`), /has a key twice: received "w"$/],
  [
    "one field twice",
    withHeader('{"w": {"dtype": "F32", "dtype": "F64"}}'),
    /key twice: received "dtype"$/,
  ],
  ["an entry without fields", withHeader('{"w": {}}'), /tensor "w" .*'dtype' is malformed/],
  ["a tensor called __proto__ that is none", withHeader('{"__proto__": 3}'), /tensor "__proto__"/],
  [
    "the data cut off",
    withHeader(good, data.subarray(0, 7)),
    /tensor "w" .*ends behind the file, which may be truncated/,
  ],
  ["no data", withHeader(good), /tensor "w" .*ends behind the file/],
  ["data that nothing claims", withHeader(good, new Uint8Array(9)), /belong to no tensor/],
  [
    "metadata and data but no tensor",
    withHeader('{"__metadata__": {}}', data),
    /belong to no tensor/,
  ],
  [
    "a pointer of Git LFS",
    new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"),
    /Git LFS pointer .*'git lfs pull'/,
  ],
  [
    "a name that clears the screen",
    withHeader(String.raw`{"\u001b[2J": 3}`),
    /tensor "\\u001b\[2J"/,
  ],
];

for (const [what, bytes, message] of hostile) {
  Deno.test(`a file with ${what} is refused by name`, async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "model.safetensors");
    await Deno.writeFile(path, bytes);
    await assert.rejects(readHeader(path), (error: unknown) => {
      assert.ok(error instanceof AbacusError, String(error));
      assert.equal(error.kind, "bad_model");
      assert.ok(error.message.includes(path));
      assert.ok(error.message.length < 1_000);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("more tensors than the limit are refused before they are looked at", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "model.safetensors");
  const names = Array.from({ length: 500_001 }, (_, i) => `"${i}":0`);
  await Deno.writeFile(path, withHeader(`{${names.join()}}`));
  await assert.rejects(readHeader(path), {
    kind: "bad_model",
    message: /may list at most 500000 tensors: received 500001$/,
  });
});

Deno.test("tensors come back in the order of their bytes with their places in the file", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "model.safetensors");
  const bytes = safetensors([
    { name: "b", shape: [2, 1], data: [1, 2] },
    { name: "a", shape: [], data: [3], dtype: "float16" },
    { name: "__proto__", shape: [1], data: [7], dtype: "int64" },
  ]);
  await Deno.writeFile(path, bytes);
  const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
  assert.deepEqual(await readHeader(path), [
    { name: "b", dtype: "float32", shape: [2, 1], file: path, offset: start, length: 8 },
    { name: "a", dtype: "float16", shape: [], file: path, offset: start + 8, length: 2 },
    { name: "__proto__", dtype: "int64", shape: [1], file: path, offset: start + 10, length: 8 },
  ]);
});

Deno.test("a header padded with spaces is read", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "model.safetensors");
  await Deno.writeFile(path, withHeader(`${good}     `, data));
  const [tensor] = await readHeader(path);
  assert.equal(tensor?.offset, 8 + good.length + 5);
});
