/**
 * Marked texts: documents whose decisive words people have marked, in the format of ERASER (DeYoung and others,
 * "ERASER: A Benchmark to Evaluate Rationalized NLP Models", arXiv 1911.03429): `docs/ID` or `docs.jsonl`, and
 * `val.jsonl` or `test.jsonl` with evidences as ranges of words between spaces. Nothing of it comes with Abacus.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import type { Span } from "../../../src/text/encoding.ts";

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
  evidences: z.array(z.array(z.object({
    docid: z.string(),
    start_token: z.int(),
    end_token: z.int(),
  }))),
});

/**
 * The first documents of a directory, each as far as its first words, and with a mark among these.
 *
 * @throws {Error} where there is neither `test.jsonl` nor `val.jsonl`
 */
export async function markedTexts(
  directory: string,
  { count, words }: { count: number; words: number },
): Promise<Marked[]> {
  const lines = await Deno.readTextFile(join(directory, "test.jsonl"))
    .catch(() => Deno.readTextFile(join(directory, "val.jsonl")));
  const texts: Marked[] = [];
  for (const line of lines.split("\n")) {
    if (line.trim() === "" || texts.length >= count) continue;
    const { annotation_id: id, classification, evidences } = annotation.parse(JSON.parse(line));
    const document = await Deno.readTextFile(
      join(directory, "docs", evidences[0]?.[0]?.docid ?? id),
    );
    const ranges = evidences.flat().map(({ start_token: from, end_token: to }): Span => [from, to]);
    const text = markedText(document, { ranges, words });
    if (text.marks.length > 0) texts.push({ ...text, label: classification });
  }
  return texts;
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
