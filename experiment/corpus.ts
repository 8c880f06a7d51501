/**
 * Corpus: the movie reviews and snippets that the bundled models were trained on, with the split of their
 * recipe.
 *
 * The counterpart of `models/recipe/data.py`: the same repairs, natural text, held-out fold and rows.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { AbacusError } from "../src/errors.ts";

/** The fold of reviews that no part of the recipe trained on. */
export const heldOutFold = 9;

/** Lines of at least this many words that are also in a held-out review are not trained on. */
const overlapWords = 6;

/** A text and its label. */
export interface LabelledText {
  /** Its sentences, after repair. */
  readonly lines: readonly string[];
  /** 1 for positive, 0 for negative. */
  readonly label: 0 | 1;
}

/** Training and held-out texts. */
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
 * No training text repeats a held-out snippet, and no training review has a line of six words or more that a
 * held-out review has too.
 *
 * @param heldOutRows the held-out rows of the snippets, as `models/recipe/logs/held_out.json` lists
 * them under `test`
 * @throws {AbacusError} `bad_usage` if a file is missing or is not gzipped JSON Lines
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

/** Natural text except for its case: no space before a full stop or inside quotes. */
export function naturalText({ lines }: Pick<LabelledText, "lines">): string {
  return joined(lines.join(" "));
}

/** Repairs artefacts of the corpora: control bytes, entities, repeated spaces. */
export function repaired(text: string): string {
  return text.replaceAll("&nbsp", " ").replace(/[\x96\x97]/g, " -- ")
    .replace(/[\x80-\x9f]/g, "'")
    // deno-lint-ignore no-control-regex
    .replace(/[\x00-\x1f]/g, " ").replace(/\s+/g, " ").trim();
}

/** Attaches quotation marks and punctuation to their words. */
export function joined(text: string): string {
  return ` ${text}`.replace(/ " (.*?) "(?= |$)/g, ' "$1"').trim()
    .replace(/ (?=[.,;:!?)\]%])/g, "").replace(/(?<=[([]) /g, "");
}

/** A row of either corpus. */
interface Row {
  readonly text: string;
  readonly label: 0 | 1;
  /** Only of reviews. */
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

/** The words of a text, to recognise copies. */
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
