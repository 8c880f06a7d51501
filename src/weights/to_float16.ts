/**
 * The transformation to float16: wider numbers rounded to the nearest half, ties to even, as a cast in
 * onnxruntime rounds them.
 *
 * @module
 */

import { badModel, describeTensor } from "./bad_model.ts";
import type { ListedTensor, StoredTensor } from "./checkpoint.ts";
import type { Transformation } from "./derived.ts";
import { isUsable } from "./element_type.ts";
import { decode, readChunks } from "./read_tensor.ts";

/**
 * Stores the tensors of these names as float16, and all others as they are.
 *
 * A finite number beyond 65,504 is refused by the name of its tensor: the tensors to convert are those
 * that a model computes with in float16, and one of them in float32 would become an infinity there.
 * Numbers that are not finite stay what they are.
 */
export function toFloat16(names: ReadonlySet<string>): Transformation {
  return {
    name: "float16",
    parameters: [...names].toSorted(),
    tensor(stored) {
      if (!names.has(stored.name) || stored.dtype === "float16") return "same";
      if (!isUsable(stored)) throw notNumbers(stored);
      const { name, shape } = stored;
      return [{ name, shape, dtype: "float16", bytes: () => halves(stored) }];
    },
  };
}

async function* halves(stored: StoredTensor): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  for await (const chunk of readChunks(stored)) {
    const wide = decode(chunk.buffer, stored.dtype);
    const rounded = new Float16Array(wide);
    const beyond = firstBeyond(rounded, wide);
    if (beyond !== undefined) {
      throw badModel(
        `Cannot compute in float16 as a number of tensor ${describeTensor(stored)} of ` +
          `${stored.file} is beyond its range: received ${beyond}`,
      );
    }
    yield new Uint8Array(rounded.buffer);
  }
}

/** The first finite number whose half is not finite. A loop, since these are all numbers of a model. */
function firstBeyond(rounded: Float16Array, wide: Float32Array): number | undefined {
  for (let i = 0; i < wide.length; i++) {
    if (!Number.isFinite(rounded[i]) && Number.isFinite(wide[i])) return wide[i];
  }
  return undefined;
}

function notNumbers(stored: ListedTensor): Error {
  return badModel(
    `Cannot store a tensor of ${stored.file} as float16 as it must be float64, float32 or bfloat16: ` +
      `received ${describeTensor(stored)}`,
  );
}
