/**
 * Fetches the files of a model that are not here yet, after making sure that they will fit.
 *
 * @module
 */

import { join } from "node:path";
import { ifThere } from "../../files.ts";
import { hasDigest } from "./digest.ts";
import { checkRoom, freeBytes } from "./disk.ts";
import { partName } from "./part_file.ts";
import type { Sleep } from "./patience.ts";
import type { HubFile, Repository } from "./repository.ts";
import { transfer } from "./transfer.ts";

/** How far a pull has come. */
export interface PullProgress {
  /** The file that is on its way. */
  readonly file: string;
  /** Bytes of all files that are here, those of earlier pulls included. */
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** What a caller may watch, stop, or replace in tests. */
export interface FetchHooks {
  /** Called whenever bytes have come. */
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The clock of pauses between tries. @default {the machine's} */
  readonly sleep?: Sleep | undefined;
  /** Silence after which a connection counts as dead. @default {60,000} */
  readonly idleMs?: number | undefined;
  /** Tells the room on a disk. @default {the file system} */
  readonly freeBytes?: typeof freeBytes | undefined;
}

/** A pull under way. */
export interface Fetching extends FetchHooks {
  readonly hubUrl: string;
  /** As {@linkcode hubFetch} makes it. */
  readonly fetch: typeof fetch;
  readonly directory: string;
  readonly repository: Repository;
}

/** Fetches what is not here yet, and says how many bytes that was. */
export async function fetchFiles(files: readonly HubFile[], work: Fetching): Promise<number> {
  const { directory, signal, onProgress } = work;
  const missing: HubFile[] = [];
  let partBytes = 0;
  for (const file of files) {
    signal?.throwIfAborted();
    if (await hasDigest(join(directory, file.path), file, { signal })) continue;
    missing.push(file);
    partBytes += await sizeOf(join(directory, partName(file)));
  }
  const free = await (work.freeBytes ?? freeBytes)(directory);
  checkRoom(totalOf(missing) - partBytes, { free, directory });
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

/** Fetches one file into its part, and says how many bytes were missing. */
export async function fetchFile(
  file: HubFile,
  work: Fetching,
  onReceived: (bytes: number) => void = () => {},
): Promise<number> {
  const { hubUrl, fetch, signal, sleep, idleMs, repository: { id, commit } } = work;
  const part = join(work.directory, partName(file));
  const before = await sizeOf(part);
  const url = `${hubUrl}/${id}/resolve/${commit}/${encodeURIComponent(file.path)}`;
  await transfer(file, { url, part, fetch, signal, sleep, idleMs, onReceived });
  return Math.max(0, file.bytes - before);
}

async function sizeOf(path: string): Promise<number> {
  return (await ifThere(Deno.stat(path)))?.size ?? 0;
}

/** Bytes of all the files. */
export function totalOf(files: readonly HubFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
