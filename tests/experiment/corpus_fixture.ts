/**
 * Corpora small enough to read, as files.
 *
 * @module
 */

import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** A new folder that holds both files of the corpus. */
export async function folderOf(
  reviews: readonly unknown[],
  snippets: readonly unknown[],
): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "abacus-corpus-" });
  for (
    const [name, rows] of [["movie_reviews", reviews], ["sentence_polarity", snippets]] as const
  ) {
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    await Deno.writeFile(join(folder, `${name}.jsonl.gz`), gzipSync(text));
  }
  return folder;
}
