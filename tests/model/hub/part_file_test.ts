import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { PartFile, partName } from "../../../src/model/hub/part_file.ts";
import type { HubFile } from "../../../src/model/hub/repository.ts";
import { temporaryDirectory } from "../../support/checkpoint.ts";

const content = Uint8Array.from({ length: 100 }, (_, i) => i);
const target: HubFile = {
  path: "model.safetensors",
  bytes: content.length,
  digest: { algorithm: "sha256", hex: createHash("sha256").update(content).digest("hex") },
};

async function partIn(directory: { path: string }, target_ = target) {
  return await PartFile.open(join(directory.path, partName(target_)), target_);
}

Deno.test("the name of a part contains the file and its version", () => {
  assert.match(partName(target), /^model\.safetensors\.[0-9a-f]{16}\.part$/);
  const other = { ...target, digest: { ...target.digest, hex: "0".repeat(64) } };
  assert.notEqual(partName(target), partName(other));
});

Deno.test("a part is filled chunk by chunk, left in the middle and resumed", async () => {
  await using directory = await temporaryDirectory();
  {
    using part = await partIn(directory);
    await part.append(content.subarray(0, 10));
    await part.append(content.subarray(10, 40));
    assert.deepEqual([part.received, part.complete, await part.verify()], [40, false, false]);
  }
  using part = await partIn(directory);
  assert.equal(part.received, 40);
  await part.append(content.subarray(40));
  assert.deepEqual([part.complete, await part.verify()], [true, true]);
  assert.deepEqual(await Deno.readFile(part.path), content);
});

Deno.test("a complete part with other bytes does not pass, and can be started over", async () => {
  await using directory = await temporaryDirectory();
  using part = await partIn(directory);
  await part.append(new Uint8Array(100));
  assert.deepEqual([part.complete, await part.verify()], [true, false]);
  await part.restart();
  assert.equal(part.received, 0);
  await part.append(content);
  assert.equal(await part.verify(), true);
  assert.deepEqual(await Deno.readFile(part.path), content);
});

Deno.test("a part longer than the file is started over, as it cannot be of that file", async () => {
  await using directory = await temporaryDirectory();
  await Deno.writeFile(join(directory.path, partName(target)), new Uint8Array(101));
  using part = await partIn(directory);
  assert.equal(part.received, 0);
  assert.equal((await Deno.stat(part.path)).size, 0);
});

Deno.test("more bytes than listed are refused before they are written", async () => {
  await using directory = await temporaryDirectory();
  using part = await partIn(directory);
  await assert.rejects(part.append(new Uint8Array(101)), {
    kind: "bad_model",
    message: /longer than the 100 bytes/,
  });
  assert.equal((await Deno.stat(part.path)).size, 0);
});

Deno.test("two pulls cannot write one part", async () => {
  await using directory = await temporaryDirectory();
  const first = await partIn(directory);
  await assert.rejects(partIn(directory), {
    kind: "bad_model",
    message: /another pull of the same model is running/,
  });
  first[Symbol.dispose]();
  (await partIn(directory))[Symbol.dispose]();
});

const diskTroubles: [code: string, message: RegExp][] = [
  ["ENOSPC", /as the disk is full: received .*\.part/],
  ["EDQUOT", /as the disk is full/],
  ["EIO", /as the file cannot be written: received .*\.part \(Error: EIO\)$/],
];

for (const [code, message] of diskTroubles) {
  Deno.test(`a disk that answers ${code} is an error that says so, and what was written stays`, async () => {
    await using directory = await temporaryDirectory();
    using part = await partIn(directory);
    await part.append(content.subarray(0, 10));
    const { write } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.write = () => Promise.reject(Object.assign(new Error(code), { code }));
    try {
      await assert.rejects(part.append(content.subarray(10)), { kind: "bad_model", message });
    } finally {
      Deno.FsFile.prototype.write = write;
    }
    assert.equal(part.received, 10);
  });
}
