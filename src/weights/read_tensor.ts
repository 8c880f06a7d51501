/**
 * Reads the numbers of a tensor as float32, which represents every float16 and bfloat16 exactly. For
 * tests and tools: the engine reads weights in place.
 *
 * @module
 */

import { readInto } from "../files.ts";
import { badModel, describeTensor } from "./bad_model.ts";
import type { StoredDtype, StoredTensor } from "./checkpoint.ts";

/**
 * The tensor as float32, row-major.
 *
 * @throws {AbacusError} `bad_model` where the file has become shorter since it was opened
 */
export async function readTensor(tensor: StoredTensor): Promise<Float32Array<ArrayBuffer>> {
  using file = await Deno.open(tensor.file);
  await file.seek(tensor.offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(tensor.length);
  const count = await readInto(file, bytes);
  if (count === bytes.length) return decode(bytes.buffer, tensor.dtype);
  throw badModel(
    `Cannot read tensor ${describeTensor(tensor)} of ${tensor.file} as the file has become ` +
      `shorter: received ${count} bytes of ${bytes.length}`,
  );
}

/** @param bytes little-endian, as safetensors stores them on every machine */
type Decoder = (bytes: ArrayBuffer) => Float32Array<ArrayBuffer>;

const decoders: Readonly<Record<StoredDtype, Decoder>> = {
  float32: (bytes) => new Float32Array(bytes),
  float16: (bytes) => Float32Array.from(new Float16Array(bytes)),
  bfloat16: fromBfloat16,
};

/** Decodes the bytes of a tensor; float32 is a view of the same buffer. */
export function decode(bytes: ArrayBuffer, dtype: StoredDtype): Float32Array<ArrayBuffer> {
  return decoders[dtype](bytes);
}

/** A bfloat16 is the upper half of a float32. */
function fromBfloat16(bytes: ArrayBuffer): Float32Array<ArrayBuffer> {
  const halves = new Uint16Array(bytes);
  const whole = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) whole[i] = halves[i]! << 16;
  return new Float32Array(whole.buffer);
}
