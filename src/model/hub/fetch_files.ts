/**
 * Fetches the missing files of a model, after making sure that they fit on the disk.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { formatBytes, ifThere } from "../../files.ts";
import type { WaitOptions } from "./backoff.ts";
import { hasDigest } from "./digest.ts";
import { failedPull } from "./hub_error.ts";
import { partName } from "./part_file.ts";
import type { HubFile, Repository } from "./repository.ts";
import { transfer } from "./transfer.ts";

/** The progress of a pull. */
export interface PullProgress {
  /** The file that is being fetched. */
  readonly file: string;
  /** Bytes of all files that were received, those of earlier pulls included. */
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** What a caller watches, stops, or replaces in tests. */
export interface FetchHooks extends WaitOptions {
  /** Called whenever bytes were received. */
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
  /** Bytes that can still be written to a directory. @default {those of its file system} */
  readonly freeBytes?: ((directory: string) => Promise<number>) | undefined;
}

/** A pull in progress. */
export interface Fetching extends FetchHooks {
  readonly hubUrl: string;
  /** As {@linkcode hubFetch} makes it. */
  readonly fetch: typeof fetch;
  readonly directory: string;
  readonly repository: Repository;
}

/**
 * Fetches the missing files into their parts.
 *
 * @returns how many bytes were missing
 * @throws {AbacusError} `bad_model` where the disk has too little room, and what a transfer throws
 */
export async function fetchFiles(files: readonly HubFile[], work: Fetching): Promise<number> {
  const { onProgress } = work;
  const missing = await missingFiles(files, work);
  await requireRoom(missing, work);
  const totalBytes = totalOf(files);
  let doneBytes = totalBytes - totalOf(missing);
  let fetchedBytes = 0;
  for (const file of missing) {
    const before = doneBytes;
    fetchedBytes += await fetchFile(
      file,
      work,
      (bytes) => onProgress?.({ file: file.path, doneBytes: before + bytes, totalBytes }),
    );
    doneBytes += file.bytes;
  }
  return fetchedBytes;
}

async function missingFiles(
  files: readonly HubFile[],
  { directory, signal }: Fetching,
): Promise<HubFile[]> {
  const missing: HubFile[] = [];
  for (const file of files) {
    signal?.throwIfAborted();
    if (!await hasDigest(join(directory, file.path), file, signal)) missing.push(file);
  }
  return missing;
}

/** Makes sure before the first transfer that all of it will fit. */
async function requireRoom(
  missing: readonly HubFile[],
  { directory, freeBytes = freeBytesOf }: Fetching,
): Promise<void> {
  let needed = totalOf(missing);
  for (const file of missing) needed -= await sizeOf(join(directory, partName(file)));
  const free = await freeBytes(directory);
  if (needed <= free) return;
  throw failedPull(
    `${formatBytes(needed)} are missing and the disk of ${directory} has too little room`,
    `${formatBytes(free)} free`,
  );
}

async function freeBytesOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** Fetches one file into its part. @returns how many bytes were missing */
export async function fetchFile(
  file: HubFile,
  work: Fetching,
  onReceived: (bytes: number) => void = () => {},
): Promise<number> {
  const { hubUrl, repository: { id, commit } } = work;
  const part = join(work.directory, partName(file));
  const before = await sizeOf(part);
  const url = `${hubUrl}/${id}/resolve/${commit}/${encodeURIComponent(file.path)}`;
  await transfer(file, { ...work, url, part, onReceived });
  return Math.max(0, file.bytes - before);
}

async function sizeOf(path: string): Promise<number> {
  return (await ifThere(Deno.stat(path)))?.size ?? 0;
}

/** Bytes of all the files. */
export function totalOf(files: readonly HubFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
