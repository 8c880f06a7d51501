/**
 * Llamas of random weights, written in bfloat16 as fast as the disk takes them: one block of random numbers comes again
 * and again, which no product of matrices is faster or slower for.
 *
 * @module
 */

import { writeAll } from "../../../src/files.ts";
import { type LlamaSize, writeLlama } from "../../model/sparse_llama.ts";
import { seeded } from "../seeded.ts";

/** Numbers of the block. */
const BLOCK = 2 ** 22 + 1; // odd, so that rows of matrices differ

/** Writes such a model. */
export async function writeRandomLlama(directory: string, size: LlamaSize): Promise<void> {
  const random = seeded(size.length);
  const block = bfloat16(
    Float32Array.from({ length: BLOCK }, () => (random() + random() - 1) * 0.05),
  );
  const one = bfloat16(Float32Array.of(1));
  await writeLlama(directory, size, async (file, tensors) => {
    for (const { name, shape } of tensors) {
      const isNorm = name.includes("norm");
      const count = shape.reduce((a, b) => a * b);
      const source = isNorm ? repeated(one, count) : block;
      for (let written = 0; written < count; written += source.length) {
        const part = source.subarray(0, Math.min(source.length, count - written));
        await writeAll(file, new Uint8Array(part.buffer, 0, part.byteLength));
      }
    }
  });
}

/** The upper half of each number: its sign, its exponent and 7 bits. */
function bfloat16(numbers: Float32Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(numbers.buffer);
  return Uint16Array.from(bits, (each) => each >>> 16);
}

function repeated([number = 0]: Uint16Array, count: number): Uint16Array<ArrayBuffer> {
  return new Uint16Array(count).fill(number);
}
