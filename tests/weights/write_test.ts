import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { openCheckpoint } from "../../src/weights/open.ts";
import { writeSafetensors } from "../../src/weights/write.ts";
import { safetensors, temporaryDirectory } from "../support/checkpoint.ts";

Deno.test("what is written is what is read, whatever the names, the shapes and the numbers", async () => {
  await using directory = await temporaryDirectory();
  const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });
  const names = fc.uniqueArray(fc.string({ minLength: 1, unit: "grapheme" }), {
    minLength: 1,
    maxLength: 5,
  });
  const property = fc.asyncProperty(names, shape, fc.nat(), async (some, dims, seed) => {
    const length = dims.reduce((product, dim) => product * dim, 1);
    const tensors = some.filter((name) => name !== "__metadata__").map((name, i) => ({
      name,
      shape: dims,
      data: Float32Array.from({ length }, (_, at) => Math.sin(seed + 31 * i + at) * 10 ** (at - 3)),
    }));
    await writeSafetensors(join(directory.path, "model.safetensors"), tensors, { format: "pt" });
    const read = await openCheckpoint(directory.path);
    assert.deepEqual(
      [...read.tensors.keys()].toSorted(),
      tensors.map(({ name }) => name).toSorted(),
    );
    for (const { name, data } of tensors) {
      assert.deepEqual(read.tensors.get(name)!.shape, dims);
      assert.deepEqual(await read.read(name), data);
    }
  });
  await fc.assert(property, { numRuns: 40 });
});

Deno.test("numbers may be given when it is their turn, each after those before it were written", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "model.safetensors");
  const asked: string[] = [];
  const later = (name: string, ...numbers: number[]) => ({
    name,
    shape: [2],
    data: async function* () {
      asked.push(name);
      for (const number of numbers) yield await Promise.resolve(Float32Array.of(number));
    },
  });
  await writeSafetensors(path, [later("a", 1, 2), later("b", 3, 4)]);
  assert.deepEqual(asked, ["a", "b"]);
  const { read } = await openCheckpoint(directory.path);
  assert.deepEqual([[...await read("a")], [...await read("b")]], [[1, 2], [3, 4]]);
  await assert.rejects(writeSafetensors(path, [later("short", 1)]), {
    name: "RangeError",
    message: 'Cannot write "short" as its numbers do not fill [2]: received 1',
  });
});

Deno.test("bits go through unchanged, those of no number too, and views are written as what they show", async () => {
  await using directory = await temporaryDirectory();
  const whole = Float32Array.of(9, -0, NaN, Infinity, -Infinity, 1e-45, 3.4e38, 9);
  const data = whole.subarray(1, 7);
  const path = join(directory.path, "model.safetensors");
  await writeSafetensors(path, [{ name: "odd", shape: [2, 3], data }]);
  const found = await (await openCheckpoint(directory.path)).read("odd");
  assert.deepEqual(
    new Uint8Array(Float32Array.from(found).buffer),
    new Uint8Array(data.slice().buffer),
  );
});

Deno.test("data begins at a multiple of eight bytes, behind a header that says what it is for", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "one.safetensors");
  for (const name of ["a", "ab", "abc", "a longer name with ü in it"]) {
    await writeSafetensors(path, [{ name, shape: [1], data: Float32Array.of(1) }], {
      format: "pt",
    });
    const bytes = await Deno.readFile(path);
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    assert.equal(length % 8, 0);
    assert.equal(bytes.length, 8 + length + 4);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    assert.deepEqual(header, {
      __metadata__: { format: "pt" },
      [name]: { dtype: "F32", shape: [1], data_offsets: [0, 4] },
    });
  }
});

Deno.test("a file is the one that another writer makes, but for the spaces", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "two.safetensors");
  const tensors = [
    { name: "b", shape: [2], data: Float32Array.of(1, 2) },
    { name: "a", shape: [1, 1], data: Float32Array.of(3) },
  ];
  await writeSafetensors(path, tensors, { format: "pt" });
  const written = parts(await Deno.readFile(path));
  assert.deepEqual(written, parts(safetensors(tensors)));
});

/** The header as JSON, and the data. */
function parts(bytes: Uint8Array<ArrayBuffer>): { header: unknown; data: Uint8Array } {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  return { header, data: bytes.slice(8 + length) };
}

Deno.test("a file that was there is replaced, a longer one too", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "model.safetensors");
  for (const length of [100, 3]) {
    await writeSafetensors(path, [{ name: "x", shape: [length], data: new Float32Array(length) }]);
    assert.equal((await (await openCheckpoint(directory.path)).read("x")).length, length);
  }
});

Deno.test("numbers that do not fill their shape are refused", async () => {
  await using directory = await temporaryDirectory();
  const tensor = { name: "x", shape: [2, 3], data: new Float32Array(5) };
  await assert.rejects(writeSafetensors(join(directory.path, "x.safetensors"), [tensor]), {
    name: "RangeError",
    message: 'Cannot write "x" as its numbers do not fill [2,3]: received 5',
  });
});
