import assert from "node:assert/strict";
import { readZipDirectory } from "../../../src/weights/torch/zip_directory.ts";
import { readAt } from "../../../src/weights/torch/read_at.ts";
import { ZipFields } from "../../../src/weights/torch/zip_fields.ts";
import { readRecord } from "../../../src/weights/torch/zip_record.ts";
import { torchFolder, withFile } from "./golden.ts";
import { joined, latin, numbers, type TestEnd, type TestEntry, zip } from "./pickles.ts";

const one: TestEntry = { name: "m/one", data: latin("first") };
const two: TestEntry = { name: "m/two", data: latin("second one") };

async function directoryOf(bytes: Uint8Array) {
  return await withFile(bytes, async (path) => {
    using file = await Deno.open(path);
    return await readZipDirectory(file, bytes.length);
  });
}

Deno.test("entries are parts of the file", async () => {
  const bytes = zip([one, two]);
  const entries = await directoryOf(bytes);
  for (const { name, data } of [one, two]) {
    const { offset, length } = entries.get(name)!;
    assert.deepEqual(bytes.subarray(offset, offset + length), data);
  }
  assert.equal(entries.size, 2);
});

Deno.test("sizes and places of 64 bits are read", async () => {
  const at = 35 + one.data.length;
  const extra = joined([
    numbers([0x4242, 16], [1, 16]),
    Uint8Array.of(9),
    numbers([0x0001, 16], [24, 16]),
    numbers([10, 32], [0, 32], [10, 32], [0, 32], [at, 32], [0, 32]),
  ]);
  const wide = { size: 0xffffffff, packedSize: 0xffffffff, header: 0xffffffff, extra };
  const entries = await directoryOf(zip([one, { ...two, ...wide }]));
  assert.deepEqual(entries.get("m/two"), { offset: at + 35, length: 10 });
});

const traps: [what: string, entries: readonly TestEntry[], end: TestEnd, message: RegExp][] = [
  ["a compressed entry", [{ ...one, method: 8 }], {}, /compressed or encrypted: received "m\/one"/],
  ["an encrypted entry", [{ ...one, flags: 1 }], {}, /compressed or encrypted/],
  ["two sizes", [{ ...one, packedSize: 4 }], {}, /compressed or encrypted/],
  ["a size beyond the file", [{ ...one, size: 500, packedSize: 500 }], {}, /exceeds it/],
  ["a size that overlaps", [{ ...one, size: 9, packedSize: 9 }, two], {}, /overlap/],
  ["two entries at one place", [one, { ...two, header: 0 }], {}, /overlap|is another's/],
  ["one name twice", [one, { ...two, name: "m/one" }], {}, /an entry twice/],
  ["another name before the data", [{ ...one, headerName: "m/two" }], {}, /is another's/],
  ["a longer name before the data", [{ ...one, headerName: "m/one1" }], {}, /is another's/],
  ["a place beyond the file", [{ ...one, header: 5_000 }], {}, /become shorter/],
  ["a place inside of data", [{ ...one, header: 3 }], {}, /is another's|damaged/],
  ["a name that climbs", [{ ...one, name: "m/../one" }], {}, /files in a folder/],
  ["an absolute name", [{ ...one, name: "/one" }], {}, /files in a folder/],
  ["a folder", [{ ...one, name: "m/" }], {}, /files in a folder/],
  ["a name without a folder", [{ ...one, name: "one" }], {}, /files in a folder/],
  ["an endless name", [{ ...one, name: `m/${"x".repeat(2_000)}` }], {}, /files in a folder/],
  ["a name that is not UTF-8", [{ ...one, name: "m/\xff" }], {}, /must be UTF-8/],
  ["a size that is nowhere", [{ ...one, size: 0xffffffff }], {}, /no size or place/],
  ["more entries than it lists", [one], { count: 2 }, /damaged/],
  ["fewer entries than it lists", [one, two], { count: 1 }, /longer than it says/],
  ["a list at another place", [one], { offset: 1 }, /two things of its entries/],
  ["a list of another length", [one], { length: 20 }, /two things of its entries/],
  ["a comment", [one], { comment: "PK" }, /does not end as an archive/],
];
for (const [what, entries, end, message] of traps) {
  Deno.test(`an archive with ${what} is refused`, async () => {
    await assert.rejects(directoryOf(zip(entries, end)), message);
  });
}

Deno.test("an archive behind or before something else is refused", async () => {
  const bytes = zip([one, two]);
  await assert.rejects(directoryOf(joined([latin("x"), bytes])), /two things/);
  await assert.rejects(directoryOf(joined([bytes, latin("x")])), /does not end as an archive/);
  await assert.rejects(directoryOf(joined([bytes, bytes])), /two things/);
});

Deno.test("the two ends of an archive of torch must agree", async () => {
  const bytes = Deno.readFileSync(`${torchFolder("single")}/pytorch_model.bin`);
  const end = bytes.length - 22;
  const spoilt = (at: number, value: number) => {
    const changed = Uint8Array.from(bytes);
    changed[at] = value;
    return changed;
  };
  await directoryOf(bytes);
  await assert.rejects(directoryOf(spoilt(end + 10, 1)), /two things of its entries/);
  await assert.rejects(directoryOf(spoilt(end + 12, 1)), /two things of its entries/);
  await assert.rejects(directoryOf(spoilt(end - 20 + 8, 1)), /two things of its end/);
  await assert.rejects(directoryOf(spoilt(end - 76 + 47, 1)), /beyond every possible size/);
  const many = spoilt(end - 76 + 35, 1);
  many.fill(0xff, end + 10, end + 12);
  await assert.rejects(directoryOf(many), /at most 500100 entries/);
});

Deno.test("fields are little-endian, and none is read behind the end", () => {
  const fields = new ZipFields(Uint8Array.of(1, 2, 3, 4, 0, 0, 0, 0x80, 0x61));
  assert.equal(fields.uint16(0), 0x0201);
  assert.equal(fields.uint32(0), 0x04030201);
  assert.equal(fields.text(8, 1), "a");
  assert.throws(() => fields.uint64(0), /beyond every possible size/);
  for (const read of [() => fields.uint16(8), () => fields.uint32(6), () => fields.uint64(2)]) {
    assert.throws(read, /list of entries is damaged: received 9 bytes/);
  }
  assert.throws(() => fields.text(8, 2), /damaged/);
  assert.throws(() => readRecord(fields, 0), /damaged: received byte 0 of it/);
});

Deno.test("a part of a file that has become shorter is not read", async () => {
  await withFile(latin("abcdef"), async (path) => {
    using file = await Deno.open(path);
    assert.deepEqual(await readAt(file, { offset: 2, length: 3 }), latin("cde"));
    const behind = readAt(file, { offset: 4, length: 3 });
    await assert.rejects(behind, /it has become shorter: received 6 bytes of 7/);
  });
});
