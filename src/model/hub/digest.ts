/**
 * Digests as the hub lists them: SHA-256 of large files, git's SHA-1 of small ones.
 *
 * @module
 */

import { createHash, type Hash } from "node:crypto";
import { ifThere } from "../../files.ts";

/** The digest that a file must have. */
export interface Digest {
  readonly algorithm: "sha256" | "git-sha1";
  readonly hex: string;
}

const CHUNK_BYTES = 1 << 20;

/** Starts the digest of a file of `bytes` bytes. */
export function startDigest({ algorithm }: Pick<Digest, "algorithm">, bytes: number): Hash {
  // Git hashes a blob with a line before it that gives its size.
  return algorithm === "sha256"
    ? createHash("sha256")
    : createHash("sha1").update(`blob ${bytes}\0`);
}

/**
 * Feeds the rest of an open file to a digest.
 *
 * @throws the signal's reason where it aborts
 */
export async function digestRest(
  hash: Hash,
  file: Deno.FsFile,
  signal?: AbortSignal,
): Promise<void> {
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    signal?.throwIfAborted();
    const count = await file.read(chunk);
    if (count === null) return;
    hash.update(chunk.subarray(0, count));
  }
}

/** Whether there is a file with exactly these bytes. */
export async function hasDigest(
  path: string,
  { bytes, digest }: { bytes: number; digest: Digest },
  signal?: AbortSignal,
): Promise<boolean> {
  using file = await ifThere(Deno.open(path));
  if (file === undefined) return false;
  const { isFile, size } = await file.stat();
  if (!isFile || size !== bytes) return false;
  const hash = startDigest(digest, bytes);
  await digestRest(hash, file, signal);
  return hash.digest("hex") === digest.hex;
}
