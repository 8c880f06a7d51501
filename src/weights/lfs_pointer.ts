/**
 * Git LFS pointers: a clone without Git LFS has small text files in the place of the weights.
 *
 * @module
 */

import { readInto } from "../files.ts";
import { badModel } from "./bad_model.ts";

const LFS_POINTER = "version https://git-lfs";

/**
 * Leaves the file at its start.
 *
 * @throws {AbacusError} `bad_model` where the file is a pointer
 */
export async function refuseLfsPointer(file: Deno.FsFile, path: string): Promise<void> {
  const bytes = new Uint8Array(LFS_POINTER.length);
  const count = await readInto(file, bytes);
  await file.seek(0, Deno.SeekMode.Start);
  if (new TextDecoder().decode(bytes.subarray(0, count)) !== LFS_POINTER) return;
  throw badModel(
    `Cannot read ${path} as it is a Git LFS pointer instead of the weights, which 'git lfs pull' fetches: received "${LFS_POINTER}…"`,
  );
}
