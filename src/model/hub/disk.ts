/**
 * Room on the disk.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { formatBytes } from "../../files.ts";
import { failedPull } from "./hub_error.ts";

/** Bytes that may still be written to the file system of a directory. */
export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/**
 * Makes sure that a pull will fit before it begins.
 *
 * @throws {AbacusError} `bad_model` naming what is needed and what is free
 */
export function checkRoom(
  neededBytes: number,
  { free, directory }: { free: number; directory: string },
): void {
  if (neededBytes <= free) return;
  throw failedPull(
    `${
      formatBytes(neededBytes)
    } are still to come and the disk of ${directory} has too little room`,
    `${formatBytes(free)} free`,
  );
}
