/**
 * Copies of golden policies with something changed, for tests of what is refused.
 *
 * @module
 */

import { join } from "node:path";
import { openCheckpoint } from "../../src/weights/open.ts";
import { temporaryDirectory, type TestTensor, writeCheckpoint } from "../support/checkpoint.ts";
import { policyDirectory } from "./golden_policy.ts";

/** The differences of the copy. */
export interface Alteration {
  /** The tensors to store, given the original ones. */
  readonly tensors?: (tensors: readonly TestTensor[]) => readonly TestTensor[];
  /** Files by name; null to leave one out. */
  readonly files?: Readonly<Record<string, unknown>>;
  /** Changed fields of config.json. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A copy that is removed at the end of the block. */
export async function alteredPolicy(
  name: string,
  { tensors, files = {}, config = {} }: Alteration,
): Promise<AsyncDisposable & { readonly path: string }> {
  const [source, directory] = [policyDirectory(name), await temporaryDirectory()];
  for await (const { name: file } of Deno.readDir(source)) {
    if (file !== "golden.json") await Deno.copyFile(join(source, file), join(directory.path, file));
  }
  const before = JSON.parse(await Deno.readTextFile(join(source, "config.json")));
  const all = { "config.json": { ...before, ...config }, ...files };
  for (const [file, json] of Object.entries(all)) {
    const path = join(directory.path, file);
    if (json === null) await Deno.remove(path);
    else await Deno.writeTextFile(path, JSON.stringify(json));
  }
  if (tensors !== undefined) {
    await writeCheckpoint(directory.path, tensors(await tensorsOf(source)));
  }
  return directory;
}

/** All tensors of a directory, as float32. */
async function tensorsOf(directory: string): Promise<readonly TestTensor[]> {
  const checkpoint = await openCheckpoint(directory);
  return await Promise.all([...checkpoint.tensors.values()].map(async ({ name, shape }) => {
    return { name, shape, data: await checkpoint.read(name) };
  }));
}
