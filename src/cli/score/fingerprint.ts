/**
 * Fingerprints, which show whether a file has changed.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { AbacusError, messageOf } from "../../errors.ts";
import { type BaseOptions, findFiles } from "../../model/model_files.ts";
import { ifThere } from "../../files.ts";

/** The number of blocks that are read of a large file of weights: training changes all of them. */
const blocks = 64;
const blockBytes = 65_536;

/** The folder of a model's chat templates beside its own files. */
const templates = "additional_chat_templates";

/**
 * The hash of a whole file.
 *
 * @throws {AbacusError} `bad_usage` where it cannot be read
 */
export async function fileFingerprint(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
      hash.update(chunk);
    }
  } catch (cause) {
    throw new AbacusError(
      "bad_usage",
      `Cannot read rows as ${messageOf(cause)}: received ${path}`,
      { cause },
    );
  }
  return hash.digest("hex").slice(0, 16);
}

/** A choice that may be the name of a file: with the hash of what is in it where it is one. */
export async function choiceFingerprint(choice: string | undefined): Promise<string> {
  if (choice === undefined) return "default";
  const isFile = await Deno.stat(choice).then(({ isFile }) => isFile, () => false);
  return isFile ? `${choice} ${await fileFingerprint(choice)}` : choice;
}

/**
 * The hash of all files that a model is read from: of an adapter its own, and those of its base model.
 *
 * @throws {AbacusError} `bad_model` where the adapter or its base model cannot be read
 */
export async function filesFingerprint(directory: string, options: BaseOptions): Promise<string> {
  const { model } = await findFiles(directory, options);
  const own = await modelFingerprint(directory);
  return model === directory ? own : `${own} on ${await modelFingerprint(model)}`;
}

/** Files that scores can depend on: weights, graphs and what lies outside them, the tokenizer's files. */
const counted = /\.(json|safetensors|bin|onnx|onnx_data|data|jinja|txt|model)$/;

/** The hash of a directory's files: small ones as a whole, and the size and samples of the weights. */
export async function modelFingerprint(directory: string): Promise<string> {
  const names = [
    ...await filesIn(directory),
    ...await filesWithin(directory, templates),
    ...await filesWithin(directory, "onnx"),
  ];
  const hash = createHash("sha256");
  for (
    const name of names.filter((each) => counted.test(each)).toSorted()
  ) {
    hash.update(`${name}\n`);
    await hashSamples(join(directory, name), hash);
  }
  return hash.digest("hex").slice(0, 16);
}

/** The files of a folder that a model may have, by their names from the directory on. */
async function filesWithin(directory: string, folder: string): Promise<string[]> {
  const names = await ifThere(filesIn(join(directory, folder))) ?? [];
  return names.map((name) => join(folder, name));
}

async function filesIn(directory: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(directory));
  return entries.filter(({ isDirectory }) => !isDirectory).map(({ name }) => name);
}

async function hashSamples(path: string, hash: ReturnType<typeof createHash>): Promise<void> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  hash.update(`${size}\n`);
  const step = Math.max(blockBytes, Math.floor(size / blocks));
  const block = new Uint8Array(blockBytes);
  for (let at = 0; at < size; at += step) {
    await file.seek(at, Deno.SeekMode.Start);
    const read = await file.read(block);
    hash.update(block.subarray(0, read ?? 0));
  }
}
