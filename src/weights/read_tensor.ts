/**
 * Reads the numbers of one tensor, for tests and tools. The engine never does: it reads in place.
 *
 * @module
 */

import { badModel, describeTensor } from "./bad_model.ts";
import type { StoredTensor } from "./checkpoint.ts";
import { decode } from "./decode.ts";

/**
 * The tensor as float32, row-major.
 *
 * @throws {AbacusError} `bad_model` where the file has become shorter since it was opened
 */
export async function readTensor(tensor: StoredTensor): Promise<Float32Array<ArrayBuffer>> {
  using file = await Deno.open(tensor.file);
  await file.seek(tensor.offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(tensor.length);
  for (let filled = 0; filled < bytes.length;) {
    const count = await file.read(bytes.subarray(filled));
    if (count === null) {
      throw badModel(
        `Cannot read tensor ${
          describeTensor(tensor)
        } of ${tensor.file} as the file has become shorter: received ${filled} bytes of ${bytes.length}`,
      );
    }
    filled += count;
  }
  return decode(bytes.buffer, tensor.dtype);
}
