/**
 * The digest of weights, by which a caller can tell checkpoints of one architecture apart without their files.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readInto } from "../files.ts";
import type { ListedTensor } from "./checkpoint.ts";
import { becameShorter, openAgain } from "./read_tensor.ts";

/** What is read at the beginning of a tensor, and at its end, in bytes. */
const SAMPLE_BYTES = 2_048;

/**
 * The SHA-256, in hexadecimal digits, of the names, types and shapes of tensors and of a sample of each: its first
 * and its last 2,048 bytes. Training moves nearly all numbers of what it trains, so two checkpoints with one digest
 * are the same, unless somebody changed numbers amid large tensors alone; and no model has to be read whole.
 *
 * @param tensors in any order
 * @throws {AbacusError} `bad_model` where a file has gone or become shorter since it was opened
 */
export async function weightsDigest(tensors: readonly ListedTensor[]): Promise<string> {
  const hash = createHash("sha256");
  const samples = new Map<string, readonly Uint8Array[]>();
  for (const [path, own] of Map.groupBy(tensors, ({ file }) => file)) {
    using file = await openAgain(path);
    for (const tensor of own) samples.set(tensor.name, await samplesOf(tensor, file));
  }
  for (const { name, dtype, shape } of tensors.toSorted((a, b) => a.name < b.name ? -1 : 1)) {
    hash.update(JSON.stringify([name, dtype, shape]));
    for (const sample of samples.get(name)!) hash.update(sample);
  }
  return hash.digest("hex");
}

/** The two samples of a tensor; of a small one they are one, its bytes. */
async function samplesOf(tensor: ListedTensor, file: Deno.FsFile): Promise<Uint8Array[]> {
  const { offset, length } = tensor;
  if (length <= 2 * SAMPLE_BYTES) return [await bytesAt(tensor, file, [offset, length])];
  return [
    await bytesAt(tensor, file, [offset, SAMPLE_BYTES]),
    await bytesAt(tensor, file, [offset + length - SAMPLE_BYTES, SAMPLE_BYTES]),
  ];
}

async function bytesAt(
  tensor: ListedTensor,
  file: Deno.FsFile,
  [start, count]: readonly [start: number, count: number],
): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  await file.seek(start, Deno.SeekMode.Start);
  const read = await readInto(file, bytes);
  if (read < count) throw becameShorter(tensor, start - tensor.offset + read);
  return bytes;
}
