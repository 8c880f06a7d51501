/**
 * Digests as the hub lists them: SHA-256 of large files, git's SHA-1 of small ones.
 *
 * @module
 */

import { createHash, type Hash } from "node:crypto";
import { ifThere } from "../../files.ts";

/** What a file's bytes must add up to. */
export interface Digest {
  readonly algorithm: "sha256" | "git-sha1";
  readonly hex: string;
}

const CHUNK_BYTES = 1 << 20;

/** A digest in the making, of a file that will have `bytes` bytes. */
export function startDigest({ algorithm }: Pick<Digest, "algorithm">, bytes: number): Hash {
  // Git hashes a blob behind a line that says so.
  return algorithm === "sha256"
    ? createHash("sha256")
    : createHash("sha1").update(`blob ${bytes}\0`);
}

/** What to do along the way. */
export interface DigestOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the count of bytes read so far. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * Feeds the rest of an open file to a digest.
 *
 * @throws the signal's reason where it aborts
 */
export async function digestRest(
  hash: Hash,
  file: Deno.FsFile,
  { signal, onBytes }: DigestOptions = {},
): Promise<void> {
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let total = 0;;) {
    signal?.throwIfAborted();
    const count = await file.read(chunk);
    if (count === null) return;
    hash.update(chunk.subarray(0, count));
    onBytes?.(total += count);
  }
}

/** Whether a file is there with these very bytes. */
export async function hasDigest(
  path: string,
  { bytes, digest }: { bytes: number; digest: Digest },
  options: DigestOptions = {},
): Promise<boolean> {
  using file = await ifThere(Deno.open(path));
  if (file === undefined) return false;
  const { isFile, size } = await file.stat();
  if (!isFile || size !== bytes) return false;
  const hash = startDigest(digest, bytes);
  await digestRest(hash, file, options);
  return hash.digest("hex") === digest.hex;
}
