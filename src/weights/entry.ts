/**
 * One entry of a safetensors header: element type, shape and byte range of one tensor.
 *
 * @module
 */

import { z } from "zod";
import { badModel, describeShape, shown } from "./bad_model.ts";
import type { ListedTensor } from "./checkpoint.ts";
import { elementTypes } from "./element_type.ts";
import { isJsonObject } from "./json_file.ts";

/** The limit of numpy; no model has a rank above five. */
const HIGHEST_RANK = 64;

/** `data_offsets` count from the end of the header. Unknown keys are ignored, as in the library. */
const schema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

/** The tensor's name, its file, and where the data of the file start. */
export interface EntryPlace {
  readonly name: string;
  readonly file: string;
  readonly start: number;
}

/**
 * Checks an entry by itself; `layout.ts` checks its byte range against the others.
 *
 * @throws {AbacusError} `bad_model` naming the tensor and the file
 */
export function readEntry(entry: unknown, { name, file, start }: EntryPlace): ListedTensor {
  const refuse = (reason: string, received: unknown) =>
    badModel(`Cannot read tensor ${shown(name)} of ${file} as ${reason}: received ${received}`);
  // The schema would check every extent before their number.
  const rank = isJsonObject(entry) && Array.isArray(entry.shape) ? entry.shape.length : 0;
  if (rank > HIGHEST_RANK) throw refuse(`its rank is above ${HIGHEST_RANK}`, rank);
  const parsed = schema.safeParse(entry);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join(".") || "its entry";
    throw refuse(`'${where}' is malformed (${issue?.message})`, shown(entry));
  }
  const { dtype: code, shape, data_offsets: [from, to] } = parsed.data;
  const type = elementTypes.get(code);
  if (type === undefined) {
    throw refuse(
      `its element type is none of ${[...elementTypes.keys()].join(", ")}`,
      shown(code),
    );
  }
  if (to < from) throw refuse("its byte range ends before it starts", `[${from}, ${to}]`);
  const bytes = byteLength(shape, type.bits);
  if (bytes === undefined) {
    throw refuse("its shape is beyond every possible size", describeShape(shape));
  }
  if (to - from !== bytes) {
    const needs = `${type.dtype}${describeShape(shape)} takes ${bytes} bytes`;
    throw refuse(`${needs}, and its byte range has another length`, to - from);
  }
  return { name, dtype: type.dtype, shape, file, offset: start + from, length: bytes };
}

/** The bytes of a tensor; `undefined` where the number is not exact or not whole. */
function byteLength(shape: readonly number[], bits: number): number | undefined {
  let total = bits;
  for (const extent of shape) {
    total *= extent;
    if (!Number.isSafeInteger(total)) return undefined;
  }
  return total % 8 === 0 ? total / 8 : undefined;
}
