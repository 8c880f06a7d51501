/**
 * Draft: a sample as tokens with the completion found among them, not yet fitted to the context.
 *
 * Pure. Knows neither tokenizer nor template.
 *
 * @module
 */

import type { Span } from "./encoding.ts";
import type { Tokens } from "./tokenizer.ts";

/** Where in a text the completion stands. Everything counts code points. */
export interface Region {
  readonly start: number;
  readonly end: number;
  /** How much of the completion's own start is missing from the text. */
  readonly trimmed: number;
  /** The completion as the caller gave it. */
  readonly length: number;
}

/** An encoding before truncation. */
export interface Draft {
  readonly ids: Int32Array;
  /** Tokens at the start that truncation keeps. */
  readonly head: number;
  readonly completion: Span;
  readonly offsets: readonly Span[];
  readonly completionLength: number;
}

/** Finds the tokens that cover any character of the completion. */
export function draftOf(tokens: Tokens, region: Region): Draft {
  const completion = completionTokens(tokens, region);
  return {
    ids: tokens.ids,
    head: tokens.head,
    completion,
    offsets: completionOffsets(tokens, region, completion),
    completionLength: region.length,
  };
}

function completionTokens(tokens: Tokens, region: Region): Span {
  const { ids, starts, ends, head, tail, cores } = tokens;
  const last = ids.length - tail;
  let first = head;
  if (region.start === region.end) {
    while (first < last && starts[first]! < region.start) first++;
    return [first, first];
  }
  // Tokens may share characters but never go back, so those of the completion stand together. A
  // template's own token that swallowed the completion's outer space remains the template's.
  while (first < last && (cores.get(first)?.[1] ?? ends[first]!) <= region.start) first++;
  let end = first;
  while (end < last && (cores.get(end)?.[0] ?? starts[end]!) < region.end) end++;
  return [first, end];
}

function completionOffsets(
  { starts, ends }: Tokens,
  { start, end, trimmed }: Region,
  [first, last]: Span,
): Span[] {
  const offsets: Span[] = [];
  for (let at = first; at < last; at++) {
    const from = Math.max(starts[at]!, start) - start + trimmed;
    const to = Math.min(ends[at]!, end) - start + trimmed;
    offsets.push([from, to]);
  }
  return offsets;
}
