/**
 * Writes a safetensors file of float32 tensors, in the layout of `header.ts`.
 *
 * @module
 */

import { writeAll } from "../files.ts";

/** A tensor to write. */
export interface WrittenTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

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
  await writeAll(file, headerOf(tensors, metadata));
  for (const { data } of tensors) {
    await writeAll(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  await file.sync();
}

function headerOf(
  tensors: readonly WrittenTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let offset = 0;
  const entries = tensors.map(({ name, shape, data }) => {
    if (shape.reduce((product, dim) => product * dim, 1) !== data.length) {
      throw new RangeError(
        `Cannot write "${name}" as its numbers do not fill [${shape}]: received ${data.length}`,
      );
    }
    const place = [offset, offset += data.byteLength];
    return [name, { dtype: "F32", shape, data_offsets: place }] as const;
  });
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const bytes = new TextEncoder().encode(json);
  const length = Math.ceil(bytes.length / ALIGNMENT) * ALIGNMENT;
  const header = new Uint8Array(8 + length).fill(0x20, 8);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(bytes, 8);
  return header;
}
