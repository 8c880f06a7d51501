/**
 * Room on the disk.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
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
    `${readable(neededBytes)} are still to come and the disk of ${directory} has too little room`,
    `${readable(free)} free`,
  );
}

/** As in `1.5 GB`, in powers of 1,000. */
function readable(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${Number((bytes / 1_000 ** power).toFixed(1))} ${units[power]}`;
}
