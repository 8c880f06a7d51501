/**
 * Real texts, of a file of the user's: Abacus comes with none.
 *
 * @module
 */

import { z } from "zod";

const line = z.object({ text: z.string() });

/**
 * The first texts of a file of JSON lines with a `text`, each as far as its first words, with one space between
 * them. Texts of less than ten words are passed over: their curves have hardly a point.
 */
export async function realTexts(
  path: string,
  { count, words }: { count: number; words: number },
): Promise<string[]> {
  const lines = (await Deno.readTextFile(path)).split("\n").filter((each) => each.trim() !== "");
  return lines
    .map((each) => line.parse(JSON.parse(each)).text.split(/\s+/).filter((word) => word !== ""))
    .filter(({ length }) => length >= LEAST_WORDS)
    .slice(0, count)
    .map((each) => each.slice(0, words).join(" "));
}

const LEAST_WORDS = 10;
