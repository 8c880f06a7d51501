import assert from "node:assert/strict";
import { readInto } from "../../src/files.ts";
import { refuseLfsPointer } from "../../src/weights/lfs_pointer.ts";
import { withFile } from "./torch/golden.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("a pointer is refused with the command that fetches the file", async () => {
  await withFile(bytesOf("version https://git-lfs.github.com/spec/v1\noid x"), async (path) => {
    using file = await Deno.open(path);
    await assert.rejects(refuseLfsPointer(file, path), {
      kind: "bad_model",
      message: /git lfs pull/,
    });
  });
});

Deno.test("any other file is left at its start", async () => {
  await withFile(bytesOf("version"), async (path) => {
    using file = await Deno.open(path);
    await refuseLfsPointer(file, path);
    assert.equal(await readInto(file, new Uint8Array(9)), 7);
  });
});
