/**
 * What `inspect` shows of weights that were converted and kept, and removes where it is asked to.
 *
 * @module
 */

import type { Settings } from "../settings.ts";
import { formatBytes } from "../files.ts";
import { keptWeights, removeKeptWeights } from "../model/kept_weights.ts";
import type { ConvertedFolder } from "../model/kept_weights.ts";

export type { ConvertedFolder };

/** The folders of converted weights beside a model and in --cache, after --empty-cache has removed them. */
export async function convertedWeights(
  { directory, ...rest }: { directory: string; files?: { model: string } },
  { cache, emptyCache }: Pick<Settings, "cache" | "emptyCache">,
): Promise<readonly ConvertedFolder[]> {
  const place = rest.files?.model ?? directory;
  return emptyCache ? await removeKeptWeights(place, cache) : await keptWeights(place, cache);
}

/** As in `1.8 MB in models/movie-reward/.abacus/int8-...`. */
export function folderText({ path, bytes, removed }: ConvertedFolder): string {
  return `${formatBytes(bytes)} in ${path}${removed === true ? ", removed" : ""}`;
}
