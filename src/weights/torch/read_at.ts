/**
 * Reads a part of a file.
 *
 * @module
 */

import { readInto } from "../../files.ts";
import { Unfit } from "./unfit.ts";

/** A part of a file, in bytes. */
export interface FilePart {
  readonly offset: number;
  readonly length: number;
}

/**
 * @param part no longer than the caller allows
 * @throws {Unfit} where the file ends before
 */
export async function readAt(
  file: Deno.FsFile,
  { offset, length }: FilePart,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  await file.seek(offset, Deno.SeekMode.Start);
  const count = await readInto(file, bytes);
  if (count === length) return bytes;
  throw new Unfit("it has become shorter", `${offset + count} bytes of ${offset + length}`);
}
