import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Digest, digestRest, hasDigest, startDigest } from "../../../src/model/hub/digest.ts";
import { temporaryDirectory } from "../../support/checkpoint.ts";

const hello = new TextEncoder().encode("hello\n");

/** As `git hash-object` and `sha256sum` print them. */
const known: Digest[] = [
  { algorithm: "git-sha1", hex: "ce013625030ba8dba906f756967f9e9ca394464a" },
  { algorithm: "sha256", hex: "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03" },
];

for (const digest of known) {
  Deno.test(`${digest.algorithm} agrees with the tool that everybody has`, async () => {
    assert.equal(startDigest(digest, hello.length).update(hello).digest("hex"), digest.hex);
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "hello");
    assert.equal(await hasDigest(path, { bytes: 6, digest }), false);
    await Deno.writeFile(path, hello);
    assert.equal(await hasDigest(path, { bytes: 6, digest }), true);
    assert.equal(await hasDigest(path, { bytes: 7, digest }), false);
    await Deno.writeTextFile(path, "hullo\n");
    assert.equal(await hasDigest(path, { bytes: 6, digest }), false);
    assert.equal(await hasDigest(directory.path, { bytes: 6, digest }), false);
  });
}

Deno.test("a file of several chunks is digested from where it stands, to its end", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "large");
  const content = new Uint8Array(2_500_000).fill(7);
  await Deno.writeFile(path, content);
  using file = await Deno.open(path);
  await file.seek(500_000, Deno.SeekMode.Start);
  const hash = createHash("sha256");
  await digestRest(hash, file);
  assert.equal(
    hash.digest("hex"),
    createHash("sha256").update(content.subarray(500_000)).digest("hex"),
  );
});

Deno.test("digesting stops when the signal aborts", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "hello");
  await Deno.writeFile(path, hello);
  const [digest] = known as [Digest];
  const stopped = hasDigest(path, { bytes: 6, digest }, AbortSignal.abort("SIGINT"));
  await assert.rejects(stopped, (reason) => reason === "SIGINT");
});
