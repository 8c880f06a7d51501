import assert from "node:assert/strict";
import { join } from "node:path";
import { deriveCheckpoint } from "../../src/weights/derived.ts";
import { openCheckpoint } from "../../src/weights/open.ts";
import { toFloat16 } from "../../src/weights/to_float16.ts";
import { watched } from "../../src/weights/watched.ts";
import { temporaryDirectory, writeCheckpoint } from "../support/checkpoint.ts";

Deno.test("what is made is counted against all that will be, and the result is the same", async () => {
  await using directory = await temporaryDirectory();
  await writeCheckpoint(directory.path, [
    { name: "half.0", shape: [2, 2], data: [1, 2, 3, 4] },
    { name: "kept", shape: [3], data: [1, 2, 3] },
    { name: "half.1", shape: [5], data: [1, 2, 3, 4, 5] },
  ]);
  const source = await openCheckpoint(directory.path);
  const told: [number, number][] = [];
  const half = toFloat16(new Set(["half.0", "half.1"]));
  const transformation = watched(half, (...counts) => told.push(counts));
  const cache = join(directory.path, "cache");
  const { checkpoint, reused } = await deriveCheckpoint(source, transformation, cache);
  assert.deepEqual(told, [[16, 36], [36, 36]]);
  assert.equal(reused, false);
  assert.deepEqual(await checkpoint.read("half.1"), Float32Array.of(1, 2, 3, 4, 5));
  // Watched or not, it is kept under the same key.
  assert.equal((await deriveCheckpoint(source, half, cache)).reused, true);
  assert.equal(told.length, 2);
});
