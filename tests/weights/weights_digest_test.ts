import assert from "node:assert/strict";
import { join } from "node:path";
import { readHeader } from "../../src/weights/header.ts";
import { weightsDigest } from "../../src/weights/weights_digest.ts";
import { safetensors, temporaryDirectory } from "../support/checkpoint.ts";

interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

const large = Array.from({ length: 4_000 }, (_, i) => i / 7);
const usual: readonly Tensor[] = [
  { name: "a", shape: [40, 100], data: large },
  { name: "b", shape: [2], data: [1, 2] },
];

/** The digest of these tensors, each list in a file of its own. */
async function digestOf(...files: readonly (readonly Tensor[])[]): Promise<string> {
  await using directory = await temporaryDirectory();
  const listed = await Promise.all(files.map(async (tensors, i) => {
    const path = join(directory.path, `${i}.safetensors`);
    await Deno.writeFile(path, safetensors(tensors));
    return await readHeader(path);
  }));
  return await weightsDigest(listed.flat());
}

Deno.test("weights have one digest, however they are divided into files", async () => {
  const digest = await digestOf(usual);
  assert.match(digest, /^[0-9a-f]{64}$/);
  assert.equal(await digestOf([usual[1]!], [usual[0]!]), digest);
});

Deno.test("other numbers, names and shapes have other digests", async () => {
  const [a, b] = usual as [Tensor, Tensor];
  const others = [
    [{ ...a, data: large.with(0, 5) }, b],
    [{ ...a, data: large.with(3_999, 5) }, b],
    [a, { ...b, data: [1, 3] }],
    [{ ...a, shape: [100, 40] }, b],
    [{ ...a, name: "c" }, b],
    [a],
  ];
  const digests = await Promise.all([usual, ...others].map((tensors) => digestOf(tensors)));
  assert.equal(new Set(digests).size, digests.length);
});

Deno.test("a file that was cut after it was opened is an error", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "model.safetensors");
  await Deno.writeFile(path, safetensors(usual));
  const listed = await readHeader(path);
  await Deno.truncate(path, listed[1]!.offset + 3);
  await assert.rejects(weightsDigest(listed), {
    kind: "bad_model",
    message:
      /Cannot read tensor "b" float32\[2\] of .* as the file has become shorter: received 3 bytes of 8$/,
  });
});
