import assert from "node:assert/strict";
import { join } from "node:path";
import type { StoredTensor } from "../../src/weights/checkpoint.ts";
import { readHeader } from "../../src/weights/header.ts";
import { readTensor } from "../../src/weights/read_tensor.ts";
import { safetensors, temporaryDirectory, withHeader } from "../support/checkpoint.ts";

Deno.test("a tensor is read from its place, aligned or not", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "model.safetensors");
  const header = JSON.stringify({
    odd: { dtype: "U8", shape: [3], data_offsets: [0, 3] },
    unaligned: { dtype: "F32", shape: [2], data_offsets: [3, 11] },
  });
  const data = new Uint8Array(11);
  data.set(new Uint8Array(new Float32Array([-0.5, 8]).buffer), 3);
  await Deno.writeFile(path, withHeader(header.padEnd(200), data));
  const [, stored] = await readHeader(path);
  assert.equal(stored?.offset, 211);
  assert.deepEqual(await readTensor(stored as StoredTensor), new Float32Array([-0.5, 8]));
});

Deno.test("a file that was cut after it was opened is an error and no zeros", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "model.safetensors");
  await Deno.writeFile(path, safetensors([{ name: "w", shape: [4], data: [1, 2, 3, 4] }]));
  const [stored] = await readHeader(path);
  await Deno.truncate(path, (stored?.offset ?? 0) + 5);
  await assert.rejects(readTensor(stored as StoredTensor), {
    kind: "bad_model",
    message: /"w" float32\[4\] .*has become shorter: received 5 bytes of 16$/,
  });
});
