/**
 * Sentences of a completion as ranges of its tokens.
 *
 * @module
 */

import { codePointLength } from "./encoding.ts";
import type { Span } from "./encoding.ts";

/** Unicode's rules for sentences (UAX 29), in no language in particular. */
const segmenter = new Intl.Segmenter("und", { granularity: "sentence" });

/**
 * Divides tokens by the sentences of their text. A token belongs to the sentence that holds its last
 * character, so that the space before a sentence's first word begins it. The ranges cover all tokens;
 * a sentence without a token has none.
 *
 * @param offsets per token, the code points of `text` that it covers, never going back
 */
export function sentenceSpans(text: string, offsets: readonly Span[]): readonly Span[] {
  const ends = sentenceEnds(text);
  const spans: Span[] = [];
  let [start, sentence] = [0, 0];
  for (const [token, [, end]] of offsets.entries()) {
    const from = sentence;
    while (sentence < ends.length - 1 && end > ends[sentence]!) sentence++;
    if (sentence === from || token === start) continue;
    spans.push([start, token]);
    start = token;
  }
  if (start < offsets.length) spans.push([start, offsets.length]);
  return spans;
}

/** Where each sentence ends, in code points. */
function sentenceEnds(text: string): number[] {
  const ends: number[] = [];
  let at = 0;
  for (const { segment } of segmenter.segment(text)) ends.push(at += codePointLength(segment));
  return ends;
}
