import assert from "node:assert/strict";
import { join } from "node:path";
import { formatBytes, ifThere, readInto, replaceFile, writeAll } from "../src/files.ts";
import { temporaryDirectory } from "./support/checkpoint.ts";

Deno.test("a missing file is undefined, a file that is there is what was asked of it", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "a.txt");
  assert.equal(await ifThere(Deno.readTextFile(path)), undefined);
  assert.equal(await ifThere(Deno.remove(path)), undefined);
  await Deno.writeTextFile(path, "text");
  assert.equal(await ifThere(Deno.readTextFile(path)), "text");
});

Deno.test("other failures than a missing file stay failures", async () => {
  await using directory = await temporaryDirectory();
  await assert.rejects(ifThere(Deno.readTextFile(directory.path)));
  await assert.rejects(ifThere(Promise.reject(new TypeError("broken"))), TypeError);
});

Deno.test("a file is replaced whole, and nothing else is left beside it", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "state.json");
  await replaceFile(path, "first, which is longer");
  await replaceFile(path, "second");
  assert.equal(await Deno.readTextFile(path), "second");
  const names = await Array.fromAsync(Deno.readDir(directory.path), ({ name }) => name);
  assert.deepEqual(names, ["state.json"]);
});

Deno.test("what could not be written leaves the old file as it was", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "state.json");
  await replaceFile(path, "old");
  await Deno.mkdir(`${path}.new`);
  await assert.rejects(replaceFile(path, "new"));
  assert.equal(await Deno.readTextFile(path), "old");
});

Deno.test("all bytes are written where the system takes a few at a time", async () => {
  const written: number[] = [];
  const file = {
    write(bytes: Uint8Array) {
      const part = bytes.subarray(0, 3);
      written.push(...part);
      return Promise.resolve(part.length);
    },
  };
  await writeAll(file, Uint8Array.from({ length: 10 }, (_, i) => i));
  assert.deepEqual(written, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("bytes are read until the buffer is full or the file ends", async () => {
  const content = [1, 2, 3, 4, 5];
  const reader = () => {
    const left = [...content];
    return {
      read(bytes: Uint8Array) {
        const part = left.splice(0, Math.min(2, bytes.length));
        bytes.set(part);
        return Promise.resolve(part.length === 0 ? null : part.length);
      },
    };
  };
  const [short, long] = [new Uint8Array(3), new Uint8Array(7)];
  assert.deepEqual([await readInto(reader(), short), [...short]], [3, [1, 2, 3]]);
  assert.deepEqual([await readInto(reader(), long), [...long]], [5, [1, 2, 3, 4, 5, 0, 0]]);
});

Deno.test("sizes have the unit that keeps them short", () => {
  assert.deepEqual([0, 999, 1_000, 6_689_000, 15e9, 2e15].map(formatBytes), [
    "0 bytes",
    "999 bytes",
    "1.0 kB",
    "6.7 MB",
    "15.0 GB",
    "2000.0 TB",
  ]);
});
