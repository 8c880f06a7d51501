import assert from "node:assert/strict";
import fc from "fast-check";
import { delimited, joined } from "../../src/prebuilt/field_bytes.ts";
import { FileWindow } from "../../src/prebuilt/file_window.ts";
import { fieldsOf } from "../../src/prebuilt/proto_fields.ts";
import { Unfit } from "../../src/weights/torch/unfit.ts";
import { writtenBytes } from "./written.ts";

/** The fields of a message of these bytes, as number and content. */
async function read(bytes: Uint8Array): Promise<[number, Uint8Array][]> {
  await using written = await writtenBytes(bytes);
  using file = await Deno.open(written.path);
  const window = new FileWindow(file, bytes.length);
  const found: [number, Uint8Array][] = [];
  for await (const { number, content } of fieldsOf(window, { offset: 0, length: bytes.length })) {
    found.push([number, (await window.at(content)).slice()]);
  }
  return found;
}

Deno.test("fields of every kind are found where they are", async () => {
  const bytes = Uint8Array.fromHex(
    "0896 01".replace(" ", "") + "120161" + "1d00000040" + "210000000000000840",
  );
  const found = (await read(bytes)).map(([number, content]) => [number, content.toHex()]);
  assert.deepEqual(found, [
    [1, "9601"],
    [2, "61"],
    [3, "00000040"],
    [4, "0000000000000840"],
  ]);
});

Deno.test("what is written as fields is read as them, also beyond the window", async () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 90_000 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(lengths, async (lengths) => {
      const contents = lengths.map((length, i) => new Uint8Array(length).fill(i + 1));
      const found = await read(joined(contents.map((each, i) => delimited(i + 1, each))));
      assert.deepEqual(found, contents.map((each, i) => [i + 1, each]));
    }),
    { numRuns: 20 },
  );
});

Deno.test("what is no message is refused", async () => {
  const wrong = {
    "a field that is longer than all": "0a05ab",
    "a length that does not end": "0affffffff",
    "a group": "0b",
    "a field of number 0": "0201",
    "a number of more than ten bytes": "08ffffffffffffffffffffff01",
    "a number that is cut off": "0d0000",
  };
  for (const [what, hex] of Object.entries(wrong)) {
    await assert.rejects(read(Uint8Array.fromHex(hex)), Unfit, what);
  }
});

Deno.test("a window reads no further than its file", async () => {
  await using written = await writtenBytes(Uint8Array.of(1, 2, 3));
  using file = await Deno.open(written.path);
  const window = new FileWindow(file, 3);
  assert.deepEqual([...await window.at({ offset: 1, length: 2 })], [2, 3]);
  await assert.rejects(
    window.at({ offset: 1, length: 3 }),
    /ends within a field: received 3 bytes of 4/,
  );
});
