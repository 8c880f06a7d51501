/**
 * Derived checkpoints: a checkpoint made out of another one, tensor by tensor, and kept in a cache
 * folder, so that the engine reads it in place like any other.
 *
 * A folder of the cache is `<transformation>-<key>` and holds one `model.safetensors`. Any of them may
 * be deleted while no model is loaded from it: it is made again when it is needed.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { AbacusError, messageOf } from "../errors.ts";
import { ifThere, readInto, writeAll } from "../files.ts";
import { badModel } from "./bad_model.ts";
import type { Checkpoint, ListedTensor } from "./checkpoint.ts";
import { bitsOf, byteLengthOf } from "./element_type.ts";
import { openCheckpoint } from "./open.ts";
import { openAgain, readChunks } from "./read_tensor.ts";
import { type HeaderEntry, safetensorsHeader } from "./write.ts";

/** A tensor of the result. */
export interface DerivedTensor extends HeaderEntry {
  /** Its bytes, little-endian and row-major, in chunks. Called once. */
  bytes(): AsyncIterable<Uint8Array>;
}

/** What is done to a checkpoint. */
export interface Transformation {
  /** Lower-case letters, digits and hyphens: part of a folder's name. A change of method needs another. */
  readonly name: string;
  /** JSON that the result depends on besides the source and the name. */
  readonly parameters?: unknown;
  /**
   * What becomes of a tensor: the same, copied byte for byte, or others. They are usually one, and two
   * where integers have scales.
   *
   * @throws {AbacusError} `bad_model` where it cannot be converted, as may its bytes when they are read
   */
  tensor(stored: ListedTensor): "same" | readonly DerivedTensor[];
}

/** A result, and whether it was made now. */
export interface Derived {
  readonly checkpoint: Checkpoint;
  /** Whether it was in the cache already. */
  readonly reused: boolean;
  /** Bytes of its file. */
  readonly fileBytes: number;
}

const FILE = "model.safetensors";
/** Read of every tensor for the key. */
const SAMPLE_BYTES = 4_096;
/** After so long without a write, a process that wrote a draft has ended. */
const ABANDONED_MS = 3_600_000;

/**
 * The checkpoint that a transformation makes of `source`, out of the cache where it is there. Memory does
 * not grow with the model: each tensor is read, converted and written in chunks. Two processes at once
 * each write a draft of their own, and the second to finish replaces the file by an equal one.
 *
 * @param cache the folder; made where it is missing
 * @throws {AbacusError} `bad_usage` where the folder cannot be written or is full, `bad_model` where a
 * tensor cannot be converted or the source changes meanwhile
 */
export async function deriveCheckpoint(
  source: Checkpoint,
  transformation: Transformation,
  cache: string,
): Promise<Derived> {
  const key = await keyOf(source, transformation);
  const folder = join(resolve(cache), `${transformation.name}-${key}`);
  try {
    const kept = await openKept(folder);
    if (kept !== undefined) return { ...kept, reused: true };
    await Deno.mkdir(folder, { recursive: true });
    await removeAbandoned(folder);
    await write(folder, { source, transformation, key });
  } catch (cause) {
    throw unusable(cause, folder);
  }
  const { size } = await Deno.stat(join(folder, FILE));
  return { checkpoint: await openCheckpoint(folder), fileBytes: size, reused: false };
}

/**
 * The content of the source, the name and the parameters, hashed. Hashing all weights would take as long
 * as converting them, so the content is the list of tensors, the start of each of them, and each file's
 * size and time of change. Time alone is not enough, since images and package stores set it to a
 * constant, nor is the start alone, since an edit may lie behind it. Paths are left out: a model that
 * was moved stays the same.
 */
async function keyOf(
  { tensors }: Checkpoint,
  { name, parameters = null }: Transformation,
): Promise<string> {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([name, parameters]));
  for (const [path, own] of Map.groupBy(tensors.values(), ({ file }) => file)) {
    using file = await openAgain(path);
    const { size, mtime } = await file.stat();
    hash.update(JSON.stringify([size, mtime?.getTime() ?? 0]));
    for (const { name, dtype, shape, offset, length } of own) {
      hash.update(JSON.stringify([name, dtype, shape, offset, length]));
      await file.seek(offset, Deno.SeekMode.Start);
      const sample = new Uint8Array(Math.min(SAMPLE_BYTES, length));
      hash.update(sample.subarray(0, await readInto(file, sample)));
    }
  }
  return hash.digest("hex").slice(0, 32);
}

/** What the cache has; a file that does not hold together counts as missing, and is replaced. */
async function openKept(folder: string): Promise<Omit<Derived, "reused"> | undefined> {
  const stat = await ifThere(Deno.stat(join(folder, FILE)));
  if (stat === undefined) return undefined;
  try {
    return { checkpoint: await openCheckpoint(folder), fileBytes: stat.size };
  } catch (error) {
    if (error instanceof AbacusError) return undefined;
    throw error;
  }
}

/** What is written, and of what. */
interface Work {
  readonly source: Checkpoint;
  readonly transformation: Transformation;
  readonly key: string;
}

/** Writes a draft, and gives it its name when it is whole and on the disk. */
async function write(folder: string, work: Work): Promise<void> {
  const draft = join(folder, `${crypto.randomUUID()}.draft`);
  try {
    await writeDraft(draft, work);
    if (await keyOf(work.source, work.transformation) !== work.key) {
      throw badModel(
        `Cannot convert a model whose files change meanwhile: received ${work.source.source}`,
      );
    }
    await Deno.rename(draft, join(folder, FILE));
  } catch (error) {
    await ifThere(Deno.remove(draft)).catch(() => {}); // the first error says what is wrong
    throw error;
  }
}

async function writeDraft(draft: string, { source, transformation }: Work): Promise<void> {
  // The widest elements come first, so that every tensor is aligned without gaps, which a reader refuses.
  const tensors = [...source.tensors.values()].flatMap((stored) => {
    const result = transformation.tensor(stored);
    return result === "same" ? [{ ...stored, bytes: () => readChunks(stored) }] : result;
  }).toSorted((a, b) => bitsOf(b.dtype) - bitsOf(a.dtype));
  const metadata = { format: "pt", source: source.source, transformation: transformation.name };
  using file = await Deno.open(draft, { write: true, createNew: true });
  await writeAll(file, safetensorsHeader(tensors, metadata));
  for (const tensor of tensors) await writeTensor(file, tensor);
  await file.sync();
}

async function writeTensor(file: Deno.FsFile, tensor: DerivedTensor): Promise<void> {
  let written = 0;
  for await (const chunk of tensor.bytes()) {
    await writeAll(file, chunk);
    written += chunk.length;
  }
  const expected = byteLengthOf(tensor);
  if (written === expected) return;
  const { name, dtype, shape } = tensor;
  throw new RangeError(
    `Cannot write "${name}" as ${dtype}[${shape}] takes ${expected} bytes: received ${written}`,
  );
}

/** Removes the drafts of processes that ended before they were done. */
async function removeAbandoned(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".draft")) continue;
    const path = join(folder, name);
    const mtime = (await ifThere(Deno.stat(path)))?.mtime?.getTime() ?? Infinity;
    if (Date.now() - mtime > ABANDONED_MS) await ifThere(Deno.remove(path));
  }
}

/** Errors of the operating system about the cache; others are returned as they are. */
function unusable(cause: unknown, folder: string): unknown {
  if (cause instanceof Deno.errors.NotCapable) {
    return badUsage(folder, "Deno was not given --allow-write for it", cause);
  }
  if (saysFull(cause)) return badUsage(folder, "there is no space left", cause);
  return cause instanceof Error && "code" in cause
    ? badUsage(folder, messageOf(cause), cause)
    : cause;
}

/** A disk, or a quota of its user. */
const full: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT"]);

/** EFBIG, the size that a process may give a file, for which Deno has no code. */
const tooLarge = /\(os error 27\)$/;

function saysFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && full.has(error.code)) || tooLarge.test(error.message);
}

/** Whether it was for want of space that a checkpoint could not be kept. */
export function isFull(error: unknown): boolean {
  return error instanceof AbacusError && saysFull(error.cause);
}

function badUsage(folder: string, reason: string, cause: unknown): AbacusError {
  return new AbacusError(
    "bad_usage",
    `Cannot keep converted weights in the cache as ${reason}: received ${folder}`,
    { cause },
  );
}
