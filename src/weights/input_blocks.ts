/**
 * The numbers of a stored weight block by block, where a block is some neighbouring inputs of one output, whatever
 * the order of the weight's axes.
 *
 * @module
 */

import type { StoredTensor } from "./checkpoint.ts";
import type { LinearWeight } from "./quantized_weight.ts";
import { decode, readChunks } from "./read_tensor.ts";

/** Some neighbouring inputs of an output. */
export interface InputBlock {
  readonly output: number;
  /** The first of them. */
  readonly input: number;
  /** The visitor's to change, until it returns. */
  readonly numbers: Float32Array;
}

/**
 * Visits every block of `length` inputs; the last one of an output is shorter where `length` does not divide them.
 * No more is held at once than one row of the weight, or `length` of them where its rows are inputs.
 */
export async function forEachBlock(
  stored: StoredTensor,
  { weight: { inputs, outputs, layout }, length }: { weight: LinearWeight; length: number },
  visit: (block: InputBlock) => void,
): Promise<void> {
  if (layout === "out-in") {
    let output = 0;
    for await (const row of pieces(stored, inputs)) {
      for (let input = 0; input < inputs; input += length) {
        visit({ output, input, numbers: row.subarray(input, input + length) });
      }
      output++;
    }
    return;
  }
  let input = 0;
  for await (const rows of pieces(stored, length * outputs)) {
    const count = rows.length / outputs;
    const numbers = new Float32Array(count);
    for (let output = 0; output < outputs; output++) {
      for (let i = 0; i < count; i++) numbers[i] = rows[i * outputs + output]!;
      visit({ output, input, numbers });
    }
    input += count;
  }
}

/** The numbers in the order of the file, so many at a time; each piece is overwritten by the next. */
async function* pieces(stored: StoredTensor, length: number): AsyncGenerator<Float32Array, void> {
  const piece = new Float32Array(length);
  let filled = 0;
  for await (const chunk of readChunks(stored)) {
    const numbers = decode(chunk.buffer, stored.dtype);
    for (let at = 0; at < numbers.length;) {
      const part = numbers.subarray(at, at + length - filled);
      piece.set(part, filled);
      at += part.length;
      filled = (filled + part.length) % length;
      if (filled === 0) yield piece;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
