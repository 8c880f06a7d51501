/**
 * Real texts, of a file of the user's: Abacus comes with none.
 *
 * @module
 */

import { z } from "zod";
import { readJsonLines } from "./json_lines.ts";

const line = z.object({ text: z.string() });

/**
 * The first texts of a file of JSON lines with a `text`, each as far as its first words, with one space between
 * them. Texts of less than ten words are passed over: their curves have hardly a point.
 *
 * @throws {AbacusError} `bad_usage` for a line without a text
 */
export async function realTexts(
  path: string,
  { count, words }: { count: number; words: number },
): Promise<string[]> {
  return (await readJsonLines(path, line))
    .map(({ text }) => text.split(/\s+/).filter((word) => word !== ""))
    .filter(({ length }) => length >= LEAST_WORDS)
    .slice(0, count)
    .map((each) => each.slice(0, words).join(" "));
}

const LEAST_WORDS = 10;
