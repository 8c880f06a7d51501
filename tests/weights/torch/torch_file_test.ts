import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { AbacusError } from "../../../src/errors.ts";
import type { ListedTensor } from "../../../src/weights/checkpoint.ts";
import { openCheckpoint } from "../../../src/weights/open.ts";
import { readTorchFile } from "../../../src/weights/torch/torch_file.ts";
import { torchFolder, torchGolden, withFile } from "./golden.ts";

const { twins, refused } = torchGolden;

for (const [name, twin] of Object.entries(twins)) {
  Deno.test(`${name}: the tensors are those of the safetensors file, number by number`, async () => {
    const [found, expected] = await Promise.all(
      [name, twin].map((each) => openCheckpoint(torchFolder(each))),
    );
    const isOwn = (name: string) => !/position_ids$|inv_freq$/.test(name);
    assert.deepEqual(
      [...found!.tensors.keys()].filter(isOwn).toSorted(),
      [...expected!.tensors.keys()].toSorted(),
    );
    for (const { name, dtype, shape } of expected!.tensors.values()) {
      assert.deepEqual(found!.tensors.get(name)?.dtype, dtype);
      assert.deepEqual(found!.tensors.get(name)?.shape, shape);
      assert.deepEqual(await found!.read(name), await expected!.read(name), name);
    }
  });
}

Deno.test("tied tensors stand at one place of the file", async () => {
  const { tensors } = await openCheckpoint(torchFolder("tied"));
  const embeddings = tensors.get("model.embed_tokens.weight")!;
  const head = tensors.get("score.weight")!;
  assert.equal(head.offset, embeddings.offset + 7 * 8 * 4);
});

for (const { names, zipped, file } of refused) {
  const format = zipped ? "an archive" : "the format before torch 1.6";
  Deno.test(`${names} in ${format} is refused by its name`, async () => {
    await withFile(Uint8Array.fromBase64(file), async (path) => {
      await assert.rejects(readTorchFile(path), (error) => {
        assert.ok(error instanceof AbacusError);
        assert.equal(error.kind, "bad_model");
        assert.ok(error.message.startsWith(`Cannot read ${path} as `), error.message);
        assert.ok(error.message.includes(names), error.message);
        return true;
      });
    });
  });
}

const others: [what: string, bytes: string, message: RegExp][] = [
  ["an empty file", "", /does not begin as a file of torch\.save: received ""/],
  ["a text", "hello there", /does not begin as a file of torch\.save: received "hello th"/],
  ["a pickle without torch", "\x80\x02}q\x00.", /its magic number .* received a dictionary/],
  ["the start of an archive", "PK\x03\x04", /too short|does not end as an archive/],
  ["a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\n", /git lfs pull/],
];
for (const [what, text, message] of others) {
  Deno.test(`${what} is refused`, async () => {
    const bytes = Uint8Array.from(text, (mark) => mark.charCodeAt(0));
    await withFile(bytes, (path) => assert.rejects(readTorchFile(path), message));
  });
}

/** Real files of both formats, and what they hold. */
const real = ["single", "annotated", "views", "legacy", "legacy-views"].map((name) =>
  Deno.readFileSync(join(torchFolder(name), "pytorch_model.bin"))
);

/** The listing without the path; undefined where the file was refused. Any other failure is one. */
async function listing(bytes: Uint8Array): Promise<ListedTensor[] | undefined> {
  return await withFile(bytes, async (path) => {
    try {
      const tensors = await readTorchFile(path);
      for (const { offset, length } of tensors) assert.ok(offset + length <= bytes.length);
      return tensors.map((tensor) => ({ ...tensor, file: "" }));
    } catch (error) {
      assert.ok(error instanceof AbacusError, String(error));
      assert.equal(error.kind, "bad_model");
      return undefined;
    }
  });
}

Deno.test("a file with changed bytes is refused or lists tensors within it", async () => {
  const change = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.nat(255) });
  const changes = fc.array(change, { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...real), changes, async (bytes, changes) => {
      const spoilt = Uint8Array.from(bytes);
      for (const { at, byte } of changes) spoilt[Math.floor(at * (bytes.length - 1))] = byte;
      await listing(spoilt);
    }),
    { numRuns: 1_500 },
  );
});

Deno.test("a file with bytes cut out or put in is refused or lists tensors within it", async () => {
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  const inserted = fc.uint8Array({ maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...real),
      place,
      fc.nat(40),
      inserted,
      async (bytes, place, cut, inserted) => {
        const at = Math.floor(place * bytes.length);
        await listing(
          Uint8Array.of(...bytes.subarray(0, at), ...inserted, ...bytes.subarray(at + cut)),
        );
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("a file that was cut short is refused", async () => {
  for (const bytes of real) {
    for (let length = 0; length < bytes.length; length += 97) {
      assert.equal(await listing(bytes.subarray(0, length)), undefined, `${length} bytes`);
    }
  }
});
