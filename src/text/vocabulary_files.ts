/**
 * The files of a vocabulary from before tokenizer.json: `vocab.json` with `merges.txt` (GPT-2 and what came
 * after it), and `vocab.txt` (BERT). They hold what a class builds a tokenizer from.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";

/** What writes a tokenizer.json, for errors where there is none and one is needed. */
export const SAVE =
  "AutoTokenizer.from_pretrained(directory).save_pretrained(directory) of transformers";

/** The file that lists a vocabulary. */
export type VocabularyFile = "vocab.json" | "vocab.txt";

/** A vocabulary as tokenizer.json has it. */
export interface Vocabulary {
  readonly file: VocabularyFile;
  /** A tokenizer.json with nothing but the vocabulary and its merges. */
  readonly tokenizer: string;
}

/** Reads a text file of the directory; undefined where there is none. */
type ReadFile = (name: string) => Promise<string | undefined>;

/** The vocabulary of a directory without tokenizer.json; undefined where it has none that is whole. */
export async function readVocabulary(read: ReadFile): Promise<Vocabulary | undefined> {
  const [vocab, merges] = [await read("vocab.json"), await read("merges.txt")];
  if (vocab !== undefined && merges !== undefined) {
    // The text of vocab.json is put in as it is: parsing it would move keys that are numbers.
    const rules = JSON.stringify(readMerges(merges));
    return {
      file: "vocab.json",
      tokenizer: `{"model":{"type":"BPE","vocab":${vocab},"merges":${rules}}}`,
    };
  }
  const lines = await read("vocab.txt");
  if (lines === undefined) return undefined;
  const model = { type: "WordPiece", vocab: readWords(lines) };
  return { file: "vocab.txt", tokenizer: JSON.stringify({ model }) };
}

/** A rule a line: two pieces. Lines that begin with `#version` are no rules. */
function readMerges(text: string): [string, string][] {
  return linesOf(text).flatMap((line, at): [string, string][] => {
    if (line.startsWith("#version")) return [];
    const [left, right, ...rest] = line.split(" ");
    if (left !== undefined && right !== undefined && rest.length === 0) return [[left, right]];
    throw new AbacusError(
      "bad_model",
      `Cannot read merges.txt as line ${at + 1} must be two pieces with a space between them: ` +
        `received ${JSON.stringify(line.slice(0, 80))}`,
    );
  });
}

/** A piece a line, whose id is the line's number; of equal ones the last counts. */
function readWords(text: string): Record<string, number> {
  const ids = linesOf(text).map((line, id) =>
    [line.replace(/\p{White_Space}+$/u, ""), id] as const
  );
  return Object.fromEntries(ids);
}

/** Lines as Rust's `lines` gives them: the end of the last one may be missing. */
function linesOf(text: string): string[] {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  if (text === "" || text.endsWith("\n")) lines.pop();
  return lines;
}
