/**
 * Reads the header of a safetensors file, which lists its tensors, without reading the weights.
 *
 * The file is untrusted: every length is checked against a limit and the size of the file before
 * memory is allocated.
 *
 * Layout: the length of the header (8 bytes, little-endian), the header (a JSON object in UTF-8), and
 * the data.
 *
 * @module
 */

import { readInto } from "../files.ts";
import { badModel, shown } from "./bad_model.ts";
import type { ListedTensor } from "./checkpoint.ts";
import { readEntry } from "./entry.ts";
import { isJsonObject, parseJsonBytes } from "./json_file.ts";
import { checkLayout } from "./layout.ts";
import { refuseLfsPointer } from "./lfs_pointer.ts";

const LENGTH_BYTES = 8;
/** The limit of the safetensors library itself. */
const LONGEST_HEADER_BYTES = 100_000_000;
/** The most tensors of all shards together; the largest published models have about a quarter. */
export const MOST_TENSORS = 500_000;

/**
 * The tensors of one safetensors file, in the order of their bytes.
 *
 * @param path absolute, with symbolic links resolved
 * @throws {AbacusError} `bad_model` naming the file and what is wrong with its header
 */
export async function readHeader(path: string): Promise<ListedTensor[]> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const length = await readLength(file, { path, size });
  const header = parseJsonBytes(await readFully(file, { path, length }), {
    what: `the header of ${path}`,
    duplicateKeys: "refused",
  });
  const start = LENGTH_BYTES + length;
  const tensors = entriesOf(header, path).map(([name, entry]) =>
    readEntry(entry, { name, file: path, start })
  );
  return checkLayout(tensors, { path, start, size });
}

async function readLength(
  file: Deno.FsFile,
  { path, size }: { path: string; size: number },
): Promise<number> {
  await refuseLfsPointer(file, path);
  if (size < LENGTH_BYTES) {
    throw badModel(
      `Cannot read ${path} as it is too short for a safetensors file: received ${size} bytes`,
    );
  }
  const bytes = await readFully(file, { path, length: LENGTH_BYTES });
  const length = new DataView(bytes.buffer).getBigUint64(0, true);
  const received = `received ${length} bytes`;
  if (length > LONGEST_HEADER_BYTES) {
    throw badModel(
      `Cannot read ${path} as its header may have at most ${LONGEST_HEADER_BYTES} bytes: ${received}`,
    );
  }
  if (Number(length) > size - LENGTH_BYTES) {
    throw badModel(
      `Cannot read ${path} as its header is longer than the file of ${size} bytes, which may be truncated: ${received}`,
    );
  }
  if (length < 2n) {
    throw badModel(`Cannot read ${path} as its header is too short for a JSON object: ${received}`);
  }
  return Number(length);
}

async function readFully(
  file: Deno.FsFile,
  { path, length }: { path: string; length: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  const count = await readInto(file, bytes);
  if (count === length) return bytes;
  throw badModel(
    `Cannot read ${path} as it ends before its header does: received ${count} bytes of ${length}`,
  );
}

/** The names and unchecked entries of all tensors, without the header's metadata. */
function entriesOf(header: unknown, path: string): [string, unknown][] {
  if (!isJsonObject(header)) {
    const received = shown(header);
    throw badModel(
      `Cannot read ${path} as its header is not a JSON object: received ${received}`,
    );
  }
  const entries = Object.entries(header).filter(([name]) => name !== "__metadata__");
  if (entries.length > MOST_TENSORS) {
    throw badModel(
      `Cannot read ${path} as it may list at most ${MOST_TENSORS} tensors: received ${entries.length}`,
    );
  }
  return entries;
}
