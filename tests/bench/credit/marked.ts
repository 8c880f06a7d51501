/**
 * Marked texts: documents whose decisive words people have marked, in the format of ERASER (DeYoung and others,
 * "ERASER: A Benchmark to Evaluate Rationalized NLP Models", arXiv 1911.03429): documents in `docs.jsonl` or each
 * in a file `docs/ID`, and annotations in `test.jsonl` or `val.jsonl`, with evidences as ranges of words between
 * spaces. Nothing of it comes with Abacus.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { AbacusError } from "../../../src/errors.ts";
import { ifThere } from "../../../src/files.ts";
import type { Span } from "../../../src/text/encoding.ts";
import { readJsonLines } from "./json_lines.ts";

/** A text with marks. */
export interface Marked {
  readonly text: string;
  /** Ranges of code points. */
  readonly marks: readonly Span[];
  /** What the text is said to be. */
  readonly label: string;
}

const annotation = z.object({
  annotation_id: z.string(),
  classification: z.string(),
  // Alternatives of one evidence stand in a list; a start of -1 says that its words were not found.
  evidences: z.array(z.array(z.object({
    docid: z.string(),
    start_token: z.int(),
    end_token: z.int(),
  }))),
});

const storedDocument = z.object({ docid: z.string(), document: z.string() });

/**
 * The first documents of a directory, each as far as its first words, and with a mark among these. An annotation
 * about several documents is taken for the first that it has evidence in.
 *
 * @throws {AbacusError} `bad_usage` where there is neither `test.jsonl` nor `val.jsonl`, or a document is missing
 */
export async function markedTexts(
  directory: string,
  { count, words }: { count: number; words: number },
): Promise<Marked[]> {
  const annotations = await linesIfThere(join(directory, "test.jsonl"), annotation) ??
    await linesIfThere(join(directory, "val.jsonl"), annotation);
  if (annotations === undefined) {
    throw new AbacusError(
      "bad_usage",
      `Cannot read marks as there is neither test.jsonl nor val.jsonl in ${directory}`,
    );
  }
  const documentOf = await documentsOf(directory);
  const texts: Marked[] = [];
  for (const { annotation_id: id, classification, evidences } of annotations) {
    if (texts.length >= count) break;
    const docid = evidences.flat()[0]?.docid ?? id;
    const ranges = evidences.flat()
      .filter((each) => each.docid === docid && each.start_token >= 0)
      .map(({ start_token: from, end_token: to }): Span => [from, to]);
    const text = markedText(await documentOf(docid), { ranges, words });
    if (text.marks.length > 0) texts.push({ ...text, label: classification });
  }
  return texts;
}

/** What looks up a document by its id: in one file, or in a file of its own. */
async function documentsOf(directory: string): Promise<(docid: string) => Promise<string>> {
  const lines = await linesIfThere(join(directory, "docs.jsonl"), storedDocument);
  const known = lines && new Map(lines.map(({ docid, document }) => [docid, document]));
  return async (docid) => {
    const document = known === undefined
      ? await ifThere(Deno.readTextFile(join(directory, "docs", docid)))
      : known.get(docid);
    if (document !== undefined) return document;
    const place = known === undefined ? "docs" : "docs.jsonl";
    throw new AbacusError(
      "bad_usage",
      `Cannot find a document in ${join(directory, place)}: received ${docid}`,
    );
  };
}

async function linesIfThere<Value>(path: string, schema: z.ZodType<Value>) {
  return await ifThere(Deno.stat(path)) && await readJsonLines(path, schema);
}

/** A document as its first words with one space between them, and the ranges of words as code points. */
export function markedText(
  document: string,
  { ranges, words }: { ranges: readonly Span[]; words: number },
): Pick<Marked, "text" | "marks"> {
  const kept = document.split(/\s+/).filter((word) => word !== "").slice(0, words);
  const starts: number[] = [];
  let at = 0;
  for (const word of kept) {
    starts.push(at);
    at += Array.from(word).length + 1;
  }
  const marks = ranges.flatMap(([from, to]): Span[] => {
    const last = Math.min(to, kept.length) - 1;
    if (from > last) return [];
    return [[starts[from]!, starts[last]! + Array.from(kept[last]!).length]];
  });
  return { text: kept.join(" "), marks };
}
