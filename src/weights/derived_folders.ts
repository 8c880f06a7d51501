/**
 * The folders of a cache of derived checkpoints: what they take, and how they are removed.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { ifThere } from "../files.ts";

/** A folder of a cache. */
export interface DerivedFolder {
  readonly path: string;
  /** Bytes of its files, drafts included. */
  readonly bytes: number;
}

/** `<transformation>-<key>`, as `derived.ts` names them; nothing else in a cache is looked at. */
const named = /^[a-z0-9-]+-[0-9a-f]{32}$/;
const ours = /^model\.safetensors$|\.draft$|^exact-layers-[0-9a-f]+\.json(\.new)?$/;

/** The folders of a cache, by their names; none where there is no cache. */
export async function derivedFolders(cache: string): Promise<DerivedFolder[]> {
  const folders: DerivedFolder[] = [];
  for (const path of await foldersIn(cache)) {
    const sizes = (await filesIn(path)).map(async (file) =>
      (await ifThere(Deno.stat(file)))?.size ?? 0
    );
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    folders.push({ path, bytes });
  }
  return folders;
}

/**
 * Removes the derived checkpoints of a cache and leaves whatever else it holds. A model that is loaded from
 * one goes on computing, but cannot be opened again without making it anew.
 *
 * @returns what was removed
 */
export async function emptyCache(cache: string): Promise<DerivedFolder[]> {
  const folders = await derivedFolders(cache);
  for (const { path } of folders) {
    for (const file of await filesIn(path)) await ifThere(Deno.remove(file));
    const left = await ifThere(Array.fromAsync(Deno.readDir(path)));
    if (left?.length === 0) await ifThere(Deno.remove(path));
  }
  return folders;
}

async function foldersIn(cache: string): Promise<string[]> {
  const entries = await ifThere(Array.fromAsync(Deno.readDir(resolve(cache)))) ?? [];
  return entries.filter(({ name, isDirectory }) => isDirectory && named.test(name))
    .map(({ name }) => join(resolve(cache), name)).toSorted();
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await ifThere(Array.fromAsync(Deno.readDir(folder))) ?? [];
  return entries.filter(({ name, isFile }) => isFile && ours.test(name))
    .map(({ name }) => join(folder, name));
}
