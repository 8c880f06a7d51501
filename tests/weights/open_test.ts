import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { AbacusError } from "../../src/errors.ts";
import { openCheckpoint } from "../../src/weights/open.ts";
import {
  safetensors,
  shardName,
  temporaryDirectory,
  type TestTensor,
  writeCheckpoint,
} from "../support/checkpoint.ts";

const a: TestTensor = { name: "a", shape: [2], data: [1, -2.5] };
const b: TestTensor = { name: "b", shape: [1, 3], data: [0.5, 0, 4], dtype: "bfloat16" };
const c: TestTensor = { name: "c", shape: [2], data: [3, 4], dtype: "int64" };

Deno.test("a single file is listed with its size, its element types and its place", async () => {
  await using directory = await temporaryDirectory();
  await writeCheckpoint(directory.path, [a, b, c]);
  const checkpoint = await openCheckpoint(directory.path);
  assert.equal(checkpoint.source, join(directory.path, "model.safetensors"));
  assert.deepEqual([...checkpoint.tensors.keys()], ["a", "b", "c"]);
  assert.equal(checkpoint.tensors.get("b")?.file, checkpoint.source);
  assert.equal(checkpoint.bytes, 8 + 6 + 16);
  assert.deepEqual([...checkpoint.parameters], [["bfloat16", 3], ["float32", 2], ["int64", 2]]);
  assert.deepEqual(await checkpoint.read("a"), new Float32Array([1, -2.5]));
  assert.deepEqual(await checkpoint.read("b"), new Float32Array([0.5, 0, 4]));
});

Deno.test("shards are listed together, each tensor in its own file", async () => {
  await using directory = await temporaryDirectory();
  await writeCheckpoint(directory.path, [a], [c, b]);
  const checkpoint = await openCheckpoint(directory.path);
  assert.equal(checkpoint.source, join(directory.path, "model.safetensors.index.json"));
  assert.deepEqual([...checkpoint.tensors.keys()], ["a", "c", "b"]);
  assert.equal(checkpoint.tensors.get("b")?.file, join(directory.path, shardName(2, 2)));
  assert.deepEqual(await checkpoint.read("b"), new Float32Array([0.5, 0, 4]));
});

Deno.test("the links of Hugging Face's cache are resolved to the blobs behind them", async () => {
  await using cache = await temporaryDirectory();
  const snapshot = join(cache.path, "snapshots", "abc");
  const blobs = join(cache.path, "blobs");
  await Deno.mkdir(snapshot, { recursive: true });
  await Deno.mkdir(blobs);
  await writeCheckpoint(snapshot, [a], [b]);
  for await (const { name } of Deno.readDir(snapshot)) {
    await Deno.rename(join(snapshot, name), join(blobs, `blob-${name}`));
    await Deno.symlink(`../../blobs/blob-${name}`, join(snapshot, name));
  }
  const { tensors } = await openCheckpoint(snapshot);
  assert.equal(tensors.get("a")?.file, join(blobs, `blob-${shardName(1, 2)}`));
});

Deno.test("a relative directory gives absolute files", async () => {
  await using directory = await temporaryDirectory();
  await writeCheckpoint(directory.path, [a]);
  const up = "../".repeat(Deno.cwd().split("/").length);
  const { tensors } = await openCheckpoint(up + directory.path.slice(1));
  assert.equal(tensors.get("a")?.file, join(directory.path, "model.safetensors"));
});

/** A directory with two shards and an index, and what is done to it. */
const broken: [what: string, spoil: (directory: string) => Promise<void>, message: RegExp][] = [
  [
    "a missing shard",
    (directory) => Deno.remove(join(directory, shardName(2, 2))),
    /Cannot read the shard "model-00002-of-00002.safetensors" that .*index\.json names as there is no such file/,
  ],
  [
    "a link to nowhere",
    async (directory) => {
      await Deno.remove(join(directory, shardName(2, 2)));
      await Deno.symlink("../blobs/gone", join(directory, shardName(2, 2)));
    },
    /there is no such file/,
  ],
  [
    "a folder in a shard's place",
    async (directory) => {
      await Deno.remove(join(directory, shardName(2, 2)));
      await Deno.mkdir(join(directory, shardName(2, 2)));
    },
    /is not a file/,
  ],
  [
    "an endless device in a shard's place",
    async (directory) => {
      await Deno.remove(join(directory, shardName(2, 2)));
      await Deno.symlink("/dev/zero", join(directory, shardName(2, 2)));
    },
    /is not a file/,
  ],
  [
    "a tensor that the index does not list",
    (directory) => Deno.writeFile(join(directory, shardName(2, 2)), safetensors([b, c])),
    /model-00002-of-00002\.safetensors as it holds tensors that .* does not place there: received "c"$/,
  ],
  [
    "a tensor that the index places in another shard",
    (directory) => Deno.writeFile(join(directory, shardName(2, 2)), safetensors([a, b])),
    /holds tensors that .* does not place there: received "a"$/,
  ],
  [
    "a tensor that is in no shard",
    (directory) => Deno.writeFile(join(directory, shardName(2, 2)), safetensors([c])),
    /lacks tensors that .* places there: received none called "b"$/,
  ],
  [
    "a broken shard",
    (directory) => Deno.truncate(join(directory, shardName(2, 2)), 30),
    /model-00002-of-00002\.safetensors as its header is longer than the file/,
  ],
];

for (const [what, spoil, message] of broken) {
  Deno.test(`shards with ${what} are refused by name`, async () => {
    await using directory = await temporaryDirectory();
    await writeCheckpoint(directory.path, [a], [b]);
    await spoil(directory.path);
    await assert.rejects(openCheckpoint(directory.path), (error: unknown) => {
      assert.ok(error instanceof AbacusError, String(error));
      assert.equal(error.kind, "bad_model");
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("a folder called model.safetensors and a file without tensors are refused", async () => {
  await using directory = await temporaryDirectory();
  await Deno.mkdir(join(directory.path, "model.safetensors"));
  await assert.rejects(openCheckpoint(directory.path), {
    kind: "bad_model",
    message: /is not a file/,
  });
  await Deno.remove(join(directory.path, "model.safetensors"));
  await writeCheckpoint(directory.path, []);
  await assert.rejects(openCheckpoint(directory.path), {
    kind: "bad_model",
    message: /without tensors/,
  });
});

Deno.test("reading an unknown tensor or one that holds integers is refused by name", async () => {
  await using directory = await temporaryDirectory();
  await writeCheckpoint(directory.path, [a, c]);
  const { read } = await openCheckpoint(directory.path);
  await assert.rejects(read("z"), { kind: "bad_model", message: /does not hold: received "z"$/ });
  await assert.rejects(read("c"), { kind: "bad_model", message: /received "c" int64\[2\]$/ });
});

const dtypes = fc.constantFrom("float32", "float16", "bfloat16");

/** Numbers that each element type stores exactly, subnormals and infinities among them. */
const exact: Record<"float32" | "float16" | "bfloat16", fc.Arbitrary<number>> = {
  float32: fc.float({ noNaN: true }),
  float16: fc.nat(65_535).map((bits) => new Float16Array(new Uint16Array([bits]).buffer)[0] ?? 0)
    .filter((value) => !Number.isNaN(value)),
  bfloat16: fc.nat(65_535).map((bits) =>
    new Float32Array(new Uint32Array([bits << 16]).buffer)[0] ?? 0
  )
    .filter((value) => !Number.isNaN(value)),
};

const randomTensor: fc.Arbitrary<TestTensor> = fc.record({
  name: fc.string({ unit: "grapheme", minLength: 1 }).filter((name) => name !== "__metadata__"),
  dtype: dtypes,
  shape: fc.array(fc.nat(4), { maxLength: 4 }),
}).chain(({ name, dtype, shape }) => {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return fc.array(exact[dtype], { minLength: count, maxLength: count })
    .map((data) => ({ name, dtype, shape, data }));
});

const randomShards = fc.uniqueArray(randomTensor, {
  selector: ({ name }) => name,
  minLength: 1,
  maxLength: 8,
}).chain((tensors) =>
  fc.nat(tensors.length - 1).map((cut) =>
    cut === 0 ? [tensors] : [tensors.slice(0, cut), tensors.slice(cut)]
  )
);

Deno.test("whatever is written, in one file or two, is read back bit for bit", async () => {
  await fc.assert(
    fc.asyncProperty(randomShards, async (shards) => {
      await using directory = await temporaryDirectory();
      await writeCheckpoint(directory.path, ...shards);
      const checkpoint = await openCheckpoint(directory.path);
      assert.equal(checkpoint.tensors.size, shards.flat().length);
      for (const { name, dtype, shape, data } of shards.flat()) {
        const stored = checkpoint.tensors.get(name);
        assert.deepEqual([stored?.dtype, stored?.shape], [dtype, shape]);
        assert.deepEqual(await checkpoint.read(name), Float32Array.from(data));
      }
    }),
    { numRuns: 50 },
  );
});
