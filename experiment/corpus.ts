/**
 * Corpus: the film reviews and snippets that the bundled models were made from, split as their
 * recipe split them.
 *
 * The counterpart of `models/recipe/data.py`: the same repairs, the same natural text, the same
 * held-out fold and rows. Knows nothing of tokens, prompts or judges.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { AbacusError } from "../src/errors.ts";

/** The fold of the reviews that no part of the recipe learned from. */
export const heldOutFold = 9;

/** From this many words on, a line that also stands in a held-out review is no training text. */
const overlapWords = 6;

/** One text and its verdict. */
export interface LabelledText {
  /** Its sentences, as they stand in the corpus after repair. */
  readonly lines: readonly string[];
  /** 1 is praise, 0 a pan. */
  readonly label: 0 | 1;
}

/** Texts to learn from and texts to be measured on. */
export interface Split {
  readonly train: readonly LabelledText[];
  readonly heldOut: readonly LabelledText[];
}

/** Both corpora. */
export interface Corpus {
  readonly reviews: Split;
  readonly snippets: Split;
}

/**
 * Reads `movie_reviews.jsonl.gz` and `sentence_polarity.jsonl.gz`.
 *
 * No training text repeats a held-out snippet, and no training review holds a line of six words or
 * more that a held-out review holds too.
 *
 * @param heldOutRows the held-out rows of the snippets, as `models/recipe/logs/held_out.json` lists
 * them under `test`
 * @throws {AbacusError} `bad_usage` where a file is missing or is no gzipped JSON lines
 */
export function readCorpus(folder: string, heldOutRows: readonly number[]): Corpus {
  const snippets = splitSnippets(readLines(folder, "sentence_polarity.jsonl.gz"), heldOutRows);
  const reviews = readLines(folder, "movie_reviews.jsonl.gz").map((row) => ({
    ...row,
    lines: row.text.split("\n").map(repaired).filter((line) => line !== ""),
  }));
  const heldOut = reviews.filter(({ fold }) => fold === heldOutFold);
  const forbidden = new Set(snippets.heldOut.flatMap(({ lines }) => lines.map(wordsOf)));
  for (const words of heldOut.flatMap(({ lines }) => lines.map(wordsOf))) {
    if (words.split(" ").length >= overlapWords) forbidden.add(words);
  }
  const train = reviews.filter(({ fold }) => fold !== heldOutFold).map(({ label, lines }) => ({
    label,
    lines: lines.filter((line) => !forbidden.has(wordsOf(line))),
  }));
  return {
    reviews: { train, heldOut: heldOut.map(({ label, lines }) => ({ label, lines })) },
    snippets,
  };
}

/** The text as people write it, but for its case: no space before a full stop or inside quotes. */
export function naturalText({ lines }: Pick<LabelledText, "lines">): string {
  return joined(lines.join(" "));
}

/** Repairs what the corpora's own history broke: stray control bytes, entities, runs of space. */
export function repaired(text: string): string {
  return text.replaceAll("&nbsp", " ").replace(/[\x96\x97]/g, " -- ")
    .replace(/[\x80-\x9f]/g, "'")
    // deno-lint-ignore no-control-regex
    .replace(/[\x00-\x1f]/g, " ").replace(/\s+/g, " ").trim();
}

/** Joins each quotation mark to the words it quotes, and punctuation to its word. */
export function joined(text: string): string {
  return ` ${text}`.replace(/ " (.*?) "(?= |$)/g, ' "$1"').trim()
    .replace(/ (?=[.,;:!?)\]%])/g, "").replace(/(?<=[([]) /g, "");
}

/** A row of either corpus. */
interface Row {
  readonly text: string;
  readonly label: 0 | 1;
  /** Of reviews alone. */
  readonly fold?: number;
}

function splitSnippets(rows: readonly Row[], heldOutRows: readonly number[]): Split {
  const texts = rows.map(({ text, label }) => ({ lines: [repaired(text)], label }));
  const rowsHeldOut = new Set(heldOutRows);
  const heldOut = texts.filter((_, row) => rowsHeldOut.has(row));
  const known = new Set(heldOut.map(({ lines }) => wordsOf(lines[0]!)));
  const train = texts.filter(({ lines }, row) =>
    !rowsHeldOut.has(row) && !known.has(wordsOf(lines[0]!))
  );
  return { train, heldOut };
}

/** What remains of a text when only its words count, to recognise copies. */
function wordsOf(text: string): string {
  return (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).join(" ");
}

function readLines(folder: string, name: string): Row[] {
  const path = join(folder, name);
  try {
    const text = gunzipSync(readFileSync(path)).toString("utf8");
    return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  } catch (cause) {
    throw new AbacusError(
      "bad_usage",
      `Cannot read the reviews as --data must hold ${name}, gzipped JSON lines: received ${path}`,
      { cause },
    );
  }
}
