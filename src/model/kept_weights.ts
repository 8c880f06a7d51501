/**
 * Kept weights: the folders of converted weights that belong to a model, those beside it and those of the cache that
 * is named, which other models may share.
 *
 * @module
 */

import { derivedFolders, emptyCache } from "../weights/derived_folders.ts";
import { cacheBeside } from "./converted_weights.ts";

/** A folder that holds weights in one type. */
export interface ConvertedFolder {
  readonly path: string;
  readonly bytes: number;
  /** Present where it has been removed. */
  readonly removed?: true;
}

/** The folders that there are. */
export async function keptWeights(
  directory: string,
  cache: string | undefined,
): Promise<ConvertedFolder[]> {
  return (await Promise.all(placesOf(directory, cache).map(derivedFolders))).flat();
}

/** Removes them all. @returns what was removed */
export async function removeKeptWeights(
  directory: string,
  cache: string | undefined,
): Promise<ConvertedFolder[]> {
  const removed: ConvertedFolder[] = [];
  for (const place of placesOf(directory, cache)) {
    for (const folder of await emptyCache(place)) removed.push({ ...folder, removed: true });
  }
  return removed;
}

function placesOf(directory: string, cache: string | undefined): string[] {
  return [...new Set([cacheBeside(directory), ...(cache === undefined ? [] : [cache])])];
}
