/**
 * The transformation to int8: the weights of linear layers rounded to whole numbers with a scale for each output,
 * and laid out as `[inputs, outputs]`, as the product of whole numbers wants them.
 *
 * @module
 */

import { badModel, describeTensor } from "./bad_model.ts";
import type { ListedTensor, StoredTensor } from "./checkpoint.ts";
import type { DerivedTensor, Transformation } from "./derived.ts";
import { isUsable } from "./element_type.ts";
import { type LinearWeight, quantizedNames } from "./quantized_weight.ts";
import { decode, readChunks } from "./read_tensor.ts";

/**
 * The largest whole number. Processors without instructions for products of 8 bits (x86 before VNNI) multiply a
 * uint8 with an int8 in pairs and cut off a pair's sum at 16 bits: of 255 * 127 twice a third is lost, and no error
 * says so. 2 * 255 * 64 still fits, so one bit is given up, and scores are the same everywhere.
 */
const LARGEST = 64;

/** @param weights how each of them is stored, by its name */
export function toInt8(weights: ReadonlyMap<string, LinearWeight>): Transformation {
  return {
    name: "int8",
    parameters: [LARGEST, ...[...weights].toSorted(([a], [b]) => a < b ? -1 : 1)],
    tensor(stored) {
      const weight = weights.get(stored.name);
      if (weight === undefined) return "same";
      if (!isUsable(stored)) throw notNumbers(stored);
      return quantized(stored, weight);
    },
  };
}

/** Two tensors of one reading: the numbers are asked for after the scales, which are the wider elements. */
function quantized(stored: StoredTensor, weight: LinearWeight): DerivedTensor[] {
  const { inputs, outputs } = weight;
  const names = quantizedNames(stored.name);
  return [
    {
      name: names.scales,
      dtype: "float32",
      shape: [outputs],
      bytes: async function* () {
        yield bytesOf(await scalesOf(stored, weight));
      },
    },
    {
      name: names.numbers,
      dtype: "int8",
      shape: [inputs, outputs],
      bytes: async function* () {
        yield bytesOf(await numbersOf(stored, weight));
      },
    },
  ];
}

function bytesOf(array: Float32Array<ArrayBuffer> | Int8Array<ArrayBuffer>): Uint8Array {
  return new Uint8Array(array.buffer);
}

/** Of each output the largest magnitude, as {@linkcode LARGEST}; of one without weight 1. */
async function scalesOf(
  stored: StoredTensor,
  weight: LinearWeight,
): Promise<Float32Array<ArrayBuffer>> {
  const largest = new Float32Array(weight.outputs);
  await forEach(stored, weight, (number, output) => {
    if (!Number.isFinite(number)) throw notFinite(stored, number);
    if (Math.abs(number) > largest[output]!) largest[output] = Math.abs(number);
  });
  return largest.map((each) => each / LARGEST || 1);
}

/** The whole numbers, in the order of `[inputs, outputs]`: one byte of memory for each. */
async function numbersOf(
  stored: StoredTensor,
  weight: LinearWeight,
): Promise<Int8Array<ArrayBuffer>> {
  const scales = await scalesOf(stored, weight);
  const numbers = new Int8Array(weight.inputs * weight.outputs);
  await forEach(stored, weight, (number, output, input) => {
    numbers[input * weight.outputs + output] = Math.round(number / scales[output]!);
  });
  return numbers;
}

/** Every number of a weight, as it is stored. */
async function forEach(
  stored: StoredTensor,
  { inputs, outputs, layout }: LinearWeight,
  visit: (number: number, output: number, input: number) => void,
): Promise<void> {
  const columns = layout === "out-in" ? inputs : outputs;
  let [row, column] = [0, 0];
  for await (const chunk of readChunks(stored)) {
    for (const number of decode(chunk.buffer, stored.dtype)) {
      if (layout === "out-in") visit(number, row, column);
      else visit(number, column, row);
      if (++column === columns) [row, column] = [row + 1, 0];
    }
  }
}

function notFinite(stored: StoredTensor, number: number): Error {
  return badModel(
    `Cannot compute in int8 as a number of tensor ${describeTensor(stored)} of ${stored.file} is ` +
      `not finite: received ${number}`,
  );
}

function notNumbers(stored: ListedTensor): Error {
  return badModel(
    `Cannot store a tensor of ${stored.file} as int8 as it must be float64, float32, float16 or ` +
      `bfloat16: received ${describeTensor(stored)}`,
  );
}
