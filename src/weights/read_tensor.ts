/**
 * Reads the bytes of a tensor, and its numbers as float32, which represents every float16 and bfloat16
 * exactly; a float64 is rounded to the nearest, as transformers rounds it. For conversions, tests and tools: the engine reads weights in place.
 *
 * @module
 */

import type { AbacusError } from "../errors.ts";
import { readInto } from "../files.ts";
import { badModel, describeTensor } from "./bad_model.ts";
import type { ListedTensor, StoredDtype, StoredTensor } from "./checkpoint.ts";
import { elementCount } from "./element_type.ts";
import { unreadable } from "./json_file.ts";

/**
 * The tensor as float32, row-major.
 *
 * @throws {AbacusError} `bad_model` where the file has become shorter since it was opened
 */
export async function readTensor(tensor: StoredTensor): Promise<Float32Array<ArrayBuffer>> {
  const numbers = new Float32Array(elementCount(tensor.shape));
  let at = 0;
  for await (const chunk of readChunks(tensor)) {
    const part = decode(chunk.buffer, tensor.dtype);
    numbers.set(part, at);
    at += part.length;
  }
  return numbers;
}

/** A multiple of the size of every element; large enough that the calls cost nothing. */
const CHUNK_BYTES = 2 ** 22;

/**
 * The bytes of a tensor of any element type, in chunks of at most 4 MiB that hold whole elements, so
 * that a tensor of any size is read in little memory.
 *
 * @throws {AbacusError} `bad_model` where the file has gone or become shorter since it was opened
 */
export async function* readChunks(
  tensor: ListedTensor,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  using file = await openAgain(tensor.file);
  await file.seek(tensor.offset, Deno.SeekMode.Start);
  for (let done = 0; done < tensor.length; done += CHUNK_BYTES) {
    const bytes = new Uint8Array(Math.min(CHUNK_BYTES, tensor.length - done));
    const count = await readInto(file, bytes);
    if (count < bytes.length) throw becameShorter(tensor, done + count);
    yield bytes;
  }
}

/** The error of a file that ends within a tensor, `received` bytes behind its start. */
export function becameShorter(tensor: ListedTensor, received: number): AbacusError {
  return badModel(
    `Cannot read tensor ${describeTensor(tensor)} of ${tensor.file} as the file has become ` +
      `shorter: received ${received} bytes of ${tensor.length}`,
  );
}

/**
 * Opens a file whose header was read before.
 *
 * @throws {AbacusError} `bad_model` where it has gone meanwhile
 */
export async function openAgain(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path);
  } catch (cause) {
    throw unreadable(cause, { what: path, path });
  }
}

/** @param bytes little-endian, as safetensors stores them on every machine */
type Decoder = (bytes: ArrayBuffer) => Float32Array<ArrayBuffer>;

const decoders: Readonly<Record<StoredDtype, Decoder>> = {
  float64: (bytes) => Float32Array.from(new Float64Array(bytes)),
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
