/** Derived checkpoints: what they hold, when they are made anew, and what may go wrong meanwhile. */

import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { AbacusError } from "../../src/errors.ts";
import type { Checkpoint } from "../../src/weights/checkpoint.ts";
import { deriveCheckpoint, isFull, type Transformation } from "../../src/weights/derived.ts";
import { openCheckpoint } from "../../src/weights/open.ts";
import { toFloat16 } from "../../src/weights/to_float16.ts";
import { temporaryDirectory, type TestTensor, writeCheckpoint } from "../support/checkpoint.ts";

/** The same tensors under another name: the smallest transformation. */
const copied: Transformation = { name: "copied", tensor: () => "same" };

const pair: readonly TestTensor[] = [
  { name: "wide", shape: [2, 2], data: [1.0001, -2, 3e-8, 65_504] },
  { name: "kept", shape: [3], data: [1.0001, 1e30, -1e-30] },
];

/** A directory with a model, an empty cache, and the model opened. */
async function place(...shards: (readonly TestTensor[])[]) {
  const directory = await temporaryDirectory();
  const model = join(directory.path, "model");
  await Deno.mkdir(model);
  await writeCheckpoint(model, ...shards);
  return {
    model,
    cache: join(directory.path, "deep", "cache"),
    source: await openCheckpoint(model),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

/** The files below a folder, as paths from it. */
async function filesIn(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const inside = isDirectory ? await filesIn(join(folder, name)) : [""];
    for (const path of inside) paths.push(join(name, path));
  }
  return paths.toSorted();
}

async function assertEqualTensors(found: Checkpoint, expected: Checkpoint): Promise<void> {
  assert.deepEqual([...found.tensors.keys()].toSorted(), [...expected.tensors.keys()].toSorted());
  for (const { name, dtype, shape } of expected.tensors.values()) {
    const { dtype: foundDtype, shape: foundShape } = found.tensors.get(name)!;
    assert.deepEqual([foundDtype, foundShape], [dtype, shape], name);
    assert.deepEqual(await found.read(name), await expected.read(name), name);
  }
}

Deno.test("every tensor is the nearest half of the original, or the original", async () => {
  const dtype = fc.constantFrom("float32", "float16", "bfloat16");
  const data = fc.array(fc.float({ min: -65_504, max: 65_504, noNaN: true }), { maxLength: 9 });
  const tensors = fc.array(fc.record({ dtype, data, named: fc.boolean() }), {
    minLength: 1,
    maxLength: 6,
  });
  const property = fc.asyncProperty(tensors, async (drawn) => {
    const all = drawn.map(({ dtype, data, named }, i): TestTensor => ({
      name: `${named ? "half" : "kept"}.${i}`,
      shape: [data.length],
      // bfloat16 rounds the greatest of them up, out of the range of a half.
      data: dtype === "bfloat16" ? data.map((each) => each / 2) : data,
      dtype,
    }));
    await using there = await place(all);
    const names = new Set(all.map(({ name }) => name).filter((name) => name.startsWith("half")));
    const { checkpoint } = await deriveCheckpoint(there.source, toFloat16(names), there.cache);
    assert.equal(checkpoint.tensors.size, all.length);
    for (const { name, dtype, shape } of there.source.tensors.values()) {
      const tensor = checkpoint.tensors.get(name)!;
      assert.equal(tensor.dtype, names.has(name) ? "float16" : dtype);
      assert.deepEqual(tensor.shape, shape);
      const original = await there.source.read(name);
      const expected = names.has(name) ? original.map(Math.f16round) : original;
      assert.deepEqual(await checkpoint.read(name), expected);
    }
  });
  await fc.assert(property, { numRuns: 40 });
});

Deno.test("shards become one file of aligned tensors, those without a float type copied", async () => {
  const mask: TestTensor = { name: "mask", shape: [3], data: [1, 0, 1], dtype: "uint8" };
  const ids: TestTensor = { name: "ids", shape: [1], data: [7], dtype: "int64" };
  await using there = await place([mask, pair[0]!], [pair[1]!, ids]);
  const { checkpoint, fileBytes, reused } = await deriveCheckpoint(
    there.source,
    toFloat16(new Set(["wide"])),
    there.cache,
  );
  assert.equal(reused, false);
  assert.equal(checkpoint.bytes, 3 + 8 + 12 + 8);
  const [path, ...others] = await filesIn(there.cache);
  assert.match(path!, /^float16-[0-9a-f]{32}\/model\.safetensors$/);
  assert.deepEqual(others, []);
  assert.equal(fileBytes, (await Deno.stat(join(there.cache, path!))).size);
  const sizes = { uint8: 1, int64: 8, float16: 2, float32: 4 } as Record<string, number>;
  for (const { name, dtype, file, offset, length } of checkpoint.tensors.values()) {
    assert.equal(offset % sizes[dtype]!, 0, name);
    if (!["mask", "ids"].includes(name)) continue;
    const original = there.source.tensors.get(name)!;
    const [found, expected] = await Promise.all([
      Deno.readFile(file),
      Deno.readFile(original.file),
    ]);
    assert.deepEqual(
      found.subarray(offset, offset + length),
      expected.subarray(original.offset, original.offset + length),
    );
  }
});

Deno.test("a tensor of several chunks is whole", async () => {
  const length = 2 ** 20 + 2 ** 19 + 3; // one and a half chunks of float32
  const data = Float32Array.from({ length }, (_, i) => Math.sin(i));
  await using there = await place([{ name: "long", shape: [length], data }]);
  const half = await deriveCheckpoint(there.source, toFloat16(new Set(["long"])), there.cache);
  assert.deepEqual(await half.checkpoint.read("long"), data.map(Math.f16round));
  const same = await deriveCheckpoint(there.source, copied, there.cache);
  assert.deepEqual(await same.checkpoint.read("long"), data);
});

Deno.test("a tensor may become several or none, and its bytes must fill its shape", async () => {
  await using there = await place(pair);
  const bytes = (count: number) =>
    async function* () {
      yield await Promise.resolve(Uint8Array.of(...Array(count).keys()));
    };
  const split = (count: number): Transformation => ({
    name: "split",
    parameters: { count },
    tensor: ({ name, shape }) =>
      name === "kept" ? [] : [
        { name: `${name}.scale`, dtype: "float32", shape: [2], bytes: bytes(8) },
        { name, dtype: "int8", shape, bytes: bytes(count) },
      ],
  });
  const { checkpoint } = await deriveCheckpoint(there.source, split(4), there.cache);
  const found = [...checkpoint.tensors.values()].map(({ name, dtype }) => `${name} ${dtype}`);
  assert.deepEqual(found, ["wide.scale float32", "wide int8"]);
  const { file, offset, length } = checkpoint.tensors.get("wide")!;
  assert.deepEqual([...(await Deno.readFile(file)).subarray(offset, offset + length)], [
    0,
    1,
    2,
    3,
  ]);
  await assert.rejects(deriveCheckpoint(there.source, split(3), there.cache), {
    name: "RangeError",
    message: 'Cannot write "wide" as int8[2,2] takes 4 bytes: received 3',
  });
});

Deno.test("what is in the cache is used again, by any copy of the same source", async () => {
  await using there = await place(pair);
  const first = await deriveCheckpoint(there.source, copied, there.cache);
  const before = await Deno.stat(first.checkpoint.source);
  const again = await deriveCheckpoint(there.source, copied, there.cache);
  assert.deepEqual([first.reused, again.reused], [false, true]);
  assert.equal(again.fileBytes, first.fileBytes);
  assert.equal((await Deno.stat(first.checkpoint.source)).ino, before.ino);

  const moved = `${there.model}.moved`;
  await Deno.rename(there.model, moved);
  const { reused } = await deriveCheckpoint(await openCheckpoint(moved), copied, there.cache);
  assert.equal(reused, true);
});

Deno.test("another source, name or parameter makes another checkpoint", async () => {
  await using there = await place(pair);
  const path = there.source.tensors.get("wide")!.file;
  const epoch = new Date(1_000);
  await Deno.utime(path, epoch, epoch);
  const derive = async (transformation: Transformation) =>
    await deriveCheckpoint(await openCheckpoint(there.model), transformation, there.cache);
  const first = await derive(copied);
  const others = [
    await derive({ ...copied, name: "copied-otherwise" }),
    await derive({ ...copied, parameters: { scale: 2 } }),
    await derive({ ...copied, parameters: { scale: 3 } }),
  ];
  // Other weights of the same shapes, in a file whose time of change is the same.
  await writeCheckpoint(
    there.model,
    pair.map((each) => ({ ...each, data: [4, 3, 2, 1].slice(-each.data.length) })),
  );
  await Deno.utime(path, epoch, epoch);
  const changed = await derive(copied);
  assert.deepEqual([...await changed.checkpoint.read("wide")], [4, 3, 2, 1]);
  // The same weights, in a file of another time: an edit may lie where no sample is taken.
  await Deno.utime(path, epoch, new Date(2_000));
  const touched = await derive(copied);
  const all = [first, ...others, changed, touched];
  assert.ok(all.every(({ reused }) => !reused));
  assert.equal(new Set(all.map(({ checkpoint }) => checkpoint.source)).size, all.length);
});

Deno.test("two at once are each given the whole checkpoint, and one file is left", async () => {
  await using there = await place(pair);
  const results = await Promise.all(
    [1, 2, 3].map(() => deriveCheckpoint(there.source, copied, there.cache)),
  );
  for (const { checkpoint } of results) await assertEqualTensors(checkpoint, there.source);
  assert.equal((await filesIn(there.cache)).length, 1);
});

Deno.test("a file that does not hold together is not used, and replaced", async () => {
  await using there = await place(pair);
  const { checkpoint: { source: path }, fileBytes } = await deriveCheckpoint(
    there.source,
    copied,
    there.cache,
  );
  await Deno.truncate(path, fileBytes - 1);
  const again = await deriveCheckpoint(there.source, copied, there.cache);
  assert.equal(again.reused, false);
  await assertEqualTensors(again.checkpoint, there.source);
});

Deno.test("what an interrupted process left is not used, and removed when it is an hour old", async () => {
  await using there = await place(pair);
  const { checkpoint: { source: path } } = await deriveCheckpoint(
    there.source,
    copied,
    there.cache,
  );
  const [old, recent] = ["old", "recent"].map((name) =>
    path.replace("model.safetensors", `${name}.draft`)
  );
  await Deno.rename(path, old!);
  await Deno.copyFile(old!, recent!);
  const hoursAgo = new Date(Date.now() - 2 * 3_600_000);
  await Deno.utime(old!, hoursAgo, hoursAgo);
  const again = await deriveCheckpoint(there.source, copied, there.cache);
  assert.equal(again.reused, false);
  const names = (await filesIn(there.cache)).map((each) => each.split("/").at(-1));
  assert.deepEqual(names, ["model.safetensors", "recent.draft"]);
});

/** A transformation that fails while its first tensor is written. */
function failing(error: () => unknown): Transformation {
  return {
    name: "failing",
    tensor: ({ name, dtype, shape }) => [{
      name,
      dtype,
      shape,
      async *bytes() {
        yield await Promise.resolve(new Uint8Array(4));
        throw error();
      },
    }],
  };
}

Deno.test("a cache that is full is a bad usage, and nothing is left in it", async () => {
  await using there = await place(pair);
  const errors = [
    Object.assign(new Error("No space left (os error 28)"), { code: "ENOSPC" }),
    Object.assign(new Error("Quota exceeded (os error 122)"), { code: "EDQUOT" }),
    new Error("File too large (os error 27)"),
  ];
  for (const error of errors) {
    const full = () => error;
    const failure = await deriveCheckpoint(there.source, failing(full), there.cache).catch((e) =>
      e
    );
    assert.ok(isFull(failure));
    assert.equal(failure.kind, "bad_usage");
    assert.match(
      failure.message,
      /^Cannot keep converted weights in the cache as there is no space left: received \/.*\/cache\/failing-/,
    );
    assert.deepEqual(await filesIn(there.cache), []);
  }
  assert.ok(!isFull(new AbacusError("bad_usage", "Cannot", { cause: new Error("EIO") })));
});

Deno.test("a cache that is a file, or in one, is a bad usage", async () => {
  await using there = await place(pair);
  const file = join(there.model, "model.safetensors");
  for (const cache of [file, join(file, "cache")]) {
    await assert.rejects(deriveCheckpoint(there.source, copied, cache), (error: Error) => {
      assert.equal((error as Error & { kind: string }).kind, "bad_usage");
      assert.match(error.message, /^Cannot keep converted weights in the cache as .+: received \//);
      return true;
    });
  }
});

Deno.test("without --allow-write the message names the permission", async () => {
  await using there = await place(pair);
  const modules = new URL("../../src/weights/", import.meta.url);
  const code = `
    import { openCheckpoint } from "${new URL("open.ts", modules)}";
    import { deriveCheckpoint } from "${new URL("derived.ts", modules)}";
    const copied = { name: "copied", tensor: () => "same" };
    const source = await openCheckpoint(${JSON.stringify(there.model)});
    await deriveCheckpoint(source, copied, ${JSON.stringify(there.cache)})
      .catch(({ kind, message }) => console.log(kind, message));`;
  const script = join(there.model, "script.ts");
  await Deno.writeTextFile(script, code);
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", "--allow-read", `--config=${config}`, script],
    stderr: "inherit",
  }).output();
  assert.match(
    new TextDecoder().decode(stdout),
    /^bad_usage Cannot .* as Deno was not given --allow-write for it: received \//,
  );
});

Deno.test("a number that float16 cannot hold is refused by the name of its tensor", async () => {
  await using there = await place(pair);
  const both = toFloat16(new Set(["wide", "kept"]));
  await assert.rejects(deriveCheckpoint(there.source, both, there.cache), {
    kind: "bad_model",
    message:
      /^Cannot compute in float16 as a number of tensor "kept" float32\[3\] of .* is beyond its range: received 1\.0000000150474662e\+30$/,
  });
  assert.deepEqual(await filesIn(there.cache), []);
});

Deno.test("numbers that are not finite stay what they are, and integers are no weights", async () => {
  const odd = { name: "odd", shape: [3], data: [NaN, Infinity, -Infinity] };
  const whole: TestTensor = { name: "whole", shape: [1], data: [1], dtype: "int64" };
  await using there = await place([odd, whole]);
  const { checkpoint } = await deriveCheckpoint(
    there.source,
    toFloat16(new Set(["odd"])),
    there.cache,
  );
  assert.deepEqual([...await checkpoint.read("odd")], odd.data);
  await assert.rejects(deriveCheckpoint(there.source, toFloat16(new Set(["whole"])), there.cache), {
    kind: "bad_model",
    message: /must be float64, float32 or bfloat16: received "whole" int64\[1\]$/,
  });
});

Deno.test("a source that changes while it is converted makes no checkpoint", async () => {
  await using there = await place(pair);
  const meddling: Transformation = {
    name: "meddling",
    tensor: (stored) => {
      Deno.utimeSync(stored.file, 1, 1);
      return "same";
    },
  };
  await assert.rejects(deriveCheckpoint(there.source, meddling, there.cache), {
    kind: "bad_model",
    message: /^Cannot convert a model whose files change meanwhile: received \//,
  });
  assert.deepEqual(await filesIn(there.cache), []);
  await Deno.remove(there.model, { recursive: true });
  await assert.rejects(deriveCheckpoint(there.source, copied, there.cache), {
    kind: "bad_model",
    message: /as there is no such file/,
  });
});
