/**
 * Writes safetensors files, in the layout of `header.ts`: the header, and whole files of float32 tensors.
 *
 * @module
 */

import { writeAll } from "../files.ts";
import type { ListedTensor } from "./checkpoint.ts";
import { byteLengthOf, codeOf, elementCount } from "./element_type.ts";

/** A tensor to write. */
export interface WrittenTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Its numbers, or what gives them in pieces when it is their turn, so that not all have to be in memory. */
  readonly data: Numbers | (() => AsyncIterable<Numbers>);
}

type Numbers = Float32Array<ArrayBuffer>;

/** Headers are padded with spaces to a multiple of this many bytes, which aligns the data. */
const ALIGNMENT = 8;

/**
 * Writes the tensors in the given order. If the process ends meanwhile, the file is incomplete, so the
 * caller should write to a temporary name and rename.
 *
 * @param metadata text by key, such as `{ format: "pt" }`, which transformers expects
 * @throws {RangeError} where the number of values does not match the shape
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly WrittenTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  for (const tensor of tensors) {
    if (typeof tensor.data !== "function") expectFilled(tensor, tensor.data.length);
  }
  await writeAll(file, headerOf(tensors, metadata));
  for (const tensor of tensors) {
    let length = 0;
    for await (const piece of typeof tensor.data === "function" ? tensor.data() : [tensor.data]) {
      await writeAll(file, new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength));
      length += piece.length;
    }
    expectFilled(tensor, length);
  }
  await file.sync();
}

function expectFilled({ name, shape }: WrittenTensor, length: number): void {
  if (elementCount(shape) === length) return;
  throw new RangeError(
    `Cannot write "${name}" as its numbers do not fill [${shape}]: received ${length}`,
  );
}

function headerOf(
  tensors: readonly WrittenTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const entries = tensors.map(({ name, shape }): HeaderEntry => ({
    name,
    dtype: "float32",
    shape,
  }));
  return safetensorsHeader(entries, metadata);
}

/** What a header says of a tensor; its place follows from those before it. */
export type HeaderEntry = Pick<ListedTensor, "name" | "dtype" | "shape">;

/** The bytes before the data of tensors that follow one another in this order without a gap. */
export function safetensorsHeader(
  tensors: readonly HeaderEntry[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let offset = 0;
  const entries = tensors.map(({ name, dtype, shape }) => {
    const place = [offset, offset += byteLengthOf({ dtype, shape })];
    return [name, { dtype: codeOf(dtype), shape, data_offsets: place }] as const;
  });
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const bytes = new TextEncoder().encode(json);
  const length = Math.ceil(bytes.length / ALIGNMENT) * ALIGNMENT;
  const header = new Uint8Array(8 + length).fill(0x20, 8);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(bytes, 8);
  return header;
}
