/**
 * The transformation to int8: the weights of linear layers, rotated (`rotation.ts`), rounded to whole numbers with a
 * scale for each output, and laid out as `[inputs, outputs]`, as the product of whole numbers wants them.
 *
 * @module
 */

import { badModel, describeTensor } from "./bad_model.ts";
import type { ListedTensor, StoredTensor } from "./checkpoint.ts";
import type { DerivedTensor, Transformation } from "./derived.ts";
import { isUsable } from "./element_type.ts";
import { forEachBlock, type InputBlock } from "./input_blocks.ts";
import { type LinearWeight, quantizedNames } from "./quantized_weight.ts";
import { rotate, rotatedBlock } from "./rotation.ts";

/**
 * What two neighbouring inputs of an output may add up to, before each is rounded. Processors without instructions
 * for products of 8 bits (x86 before VNNI) multiply a uint8 with an int8 in pairs, of inputs 2i and 2i + 1, and cut
 * off a pair's sum at 16 bits; no error says so. 255 * (127 + 1) still fits, so scores are the same everywhere. As
 * numbers of opposite signs do not add up, and large ones are seldom neighbours, most outputs reach to about 95.
 */
const LARGEST_PAIR = 127;

/** @param weights how each of them is stored, by its name */
export function toInt8(weights: ReadonlyMap<string, LinearWeight>): Transformation {
  return {
    name: "int8",
    parameters: ["rotated, pairs", ...[...weights].toSorted(([a], [b]) => a < b ? -1 : 1)],
    tensor(stored) {
      const weight = weights.get(stored.name);
      if (weight === undefined) return "same";
      if (!isUsable(stored)) throw notNumbers(stored);
      return quantized(stored, weight);
    },
  };
}

/** Two tensors: the numbers are asked for after the scales, which are the wider elements, and are kept for them. */
function quantized(stored: StoredTensor, weight: LinearWeight): DerivedTensor[] {
  const { inputs, outputs } = weight;
  const names = quantizedNames(stored.name);
  let found: Promise<Float32Array<ArrayBuffer>> | undefined;
  const scales = () => found ??= scalesOf(stored, weight);
  return [
    {
      name: names.scales,
      dtype: "float32",
      shape: [outputs],
      bytes: async function* () {
        yield bytesOf(await scales());
      },
    },
    {
      name: names.numbers,
      dtype: "int8",
      shape: [inputs, outputs],
      bytes: async function* () {
        yield bytesOf(await numbersOf(stored, weight, await scales()));
      },
    },
  ];
}

function bytesOf(array: Float32Array<ArrayBuffer> | Int8Array<ArrayBuffer>): Uint8Array {
  return new Uint8Array(array.buffer);
}

/** Of each output the scale of its largest pair, as {@linkcode LARGEST_PAIR}; of one without weight 1. */
async function scalesOf(
  stored: StoredTensor,
  weight: LinearWeight,
): Promise<Float32Array<ArrayBuffer>> {
  const largest = new Float32Array(weight.outputs);
  await forEachRotated(stored, weight, ({ numbers, output }) => {
    largest[output] = Math.max(largest[output]!, largestPair(numbers));
  });
  return largest.map((each) => each / LARGEST_PAIR || 1);
}

/** The most that two neighbours contribute with one sign. */
function largestPair(numbers: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < numbers.length; i += 2) {
    const a = numbers[i]!, b = numbers[i + 1] ?? 0;
    const pair = a * b > 0 ? Math.abs(a + b) : Math.max(Math.abs(a), Math.abs(b));
    if (pair > largest) largest = pair;
  }
  return largest;
}

/** The whole numbers, in the order of `[inputs, outputs]`: one byte of memory for each. */
async function numbersOf(
  stored: StoredTensor,
  weight: LinearWeight,
  scales: Float32Array,
): Promise<Int8Array<ArrayBuffer>> {
  const whole = new Int8Array(weight.inputs * weight.outputs);
  await forEachRotated(stored, weight, ({ numbers, input, output }) => {
    for (let i = 0; i < numbers.length; i++) {
      whole[(input + i) * weight.outputs + output] = Math.round(numbers[i]! / scales[output]!);
    }
  });
  return whole;
}

/** Every block of a weight, rotated; blocks of pairs, as they are, where inputs cannot be rotated. */
async function forEachRotated(
  stored: StoredTensor,
  weight: LinearWeight,
  visit: (block: InputBlock) => void,
): Promise<void> {
  const extent = rotatedBlock(weight.inputs);
  await forEachBlock(stored, { weight, length: extent ?? 2 }, (block) => {
    if (!areFinite(block.numbers)) throw notFinite(stored, block.numbers);
    if (extent !== undefined) rotate(block.numbers);
    visit(block);
  });
}

/** A loop, as a call for each number takes longer than all the rest of a block. */
function areFinite(numbers: Float32Array): boolean {
  for (let i = 0; i < numbers.length; i++) {
    if (!Number.isFinite(numbers[i]!)) return false;
  }
  return true;
}

function notFinite(stored: StoredTensor, numbers: Float32Array): Error {
  return badModel(
    `Cannot compute in int8 as a number of tensor ${describeTensor(stored)} of ${stored.file} is ` +
      `not finite: received ${numbers.find((number) => !Number.isFinite(number))}`,
  );
}

function notNumbers(stored: ListedTensor): Error {
  return badModel(
    `Cannot store a tensor of ${stored.file} as int8 as it must be float64, float32, float16 or ` +
      `bfloat16: received ${describeTensor(stored)}`,
  );
}
