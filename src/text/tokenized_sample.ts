/**
 * TokenizedSample: a sample as tokens with the completion located among them, not yet fitted to the
 * context. Either the tokens of a text, or the ids that a caller gave.
 *
 * Pure. Knows neither tokenizer nor template.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { Span } from "./encoding.ts";
import { droppedRanges, type KeptPart } from "./kept_parts.ts";
import type { Sample } from "./sample.ts";
import type { TokenSteps } from "./step_tokens.ts";
import type { Tokens } from "./tokenizer.ts";

/** The place of the completion in a text, in code points. */
export interface Region {
  readonly start: number;
  readonly end: number;
  /** The length of the completion as the caller gave it. */
  readonly length: number;
  /** What of the completion stands there. */
  readonly parts: readonly KeptPart[];
}

/** An encoding before truncation. */
export interface TokenizedSample {
  readonly ids: Int32Array;
  readonly types?: Int32Array | undefined;
  /** The tokens of the prompt, which truncation may drop. */
  readonly prompt: Span;
  readonly completion: Span;
  readonly offsets: readonly Span[];
  readonly completionLength: number;
  /** The ranges of the completion that are not in the text. */
  readonly dropped?: readonly Span[];
  /** The steps of the completion, for models that read them. */
  readonly steps?: TokenSteps | undefined;
}

/**
 * Locates the tokens that cover any character of the completion.
 *
 * @param region in the one text, or in the second of a pair, whose first is the prompt
 */
export function locateCompletion(tokens: Tokens, region: Region): TokenizedSample {
  const { ids, types, texts } = tokens;
  const [[start, end] = [0, ids.length], second] = texts;
  const completion = completionTokens(tokens, region, second ?? [start, end]);
  return {
    ids,
    types,
    prompt: [start, second === undefined ? completion[0] : end],
    completion,
    offsets: completionOffsets(tokens, region, completion),
    completionLength: region.length,
    dropped: droppedRanges(region.parts, region.length),
  };
}

/**
 * A sample given as ids, with nothing added. A policy may emit ids that no text is tokenised to, so
 * they are not converted to text.
 *
 * @param options.vocabulary how many ids the model has an embedding for
 * @param options.typed whether prompt and completion have types of their own, 0 and 1
 * @throws {AbacusError} `invalid_request` for an id outside the vocabulary, with its path
 */
export function joinIds(
  { promptIds, completionIds }: Extract<Sample, { kind: "ids" }>,
  { vocabulary, typed }: { vocabulary: number; typed: boolean },
): TokenizedSample {
  checkIds(promptIds, { path: "prompt_ids", vocabulary });
  checkIds(completionIds, { path: "completion_ids", vocabulary });
  const ids = new Int32Array(promptIds.length + completionIds.length);
  ids.set(promptIds);
  ids.set(completionIds, promptIds.length);
  return {
    ids,
    types: typed ? new Int32Array(ids.length).fill(1, promptIds.length) : undefined,
    prompt: [0, promptIds.length],
    completion: [promptIds.length, ids.length],
    offsets: [],
    completionLength: 0,
  };
}

function checkIds(
  ids: readonly number[],
  { path, vocabulary }: { path: string; vocabulary: number },
): void {
  const at = ids.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= vocabulary);
  if (at < 0) return;
  throw new AbacusError(
    "invalid_request",
    `Cannot encode as the model's token ids go from 0 to ${vocabulary - 1}: received ${ids[at]}`,
    { path: `${path}[${at}]` },
  );
}

function completionTokens(
  { starts, ends, cores }: Tokens,
  region: Region,
  [start, last]: Span,
): Span {
  let first = start;
  if (region.start === region.end) {
    while (first < last && starts[first]! < region.start) first++;
    return [first, first];
  }
  // Tokens may share characters but never go back, so those of the completion are consecutive. A token
  // of the template stays the template's, even where it includes space of the completion.
  while (first < last && (cores.get(first)?.[1] ?? ends[first]!) <= region.start) first++;
  let end = first;
  while (end < last && (cores.get(end)?.[0] ?? starts[end]!) < region.end) end++;
  return [first, end];
}

/**
 * The characters of the completion that each token covers, also across what a template left out. A token
 * that the template wrote between two parts stands before the second, without width.
 */
function completionOffsets(
  { starts, ends }: Tokens,
  { parts }: Region,
  [first, last]: Span,
): Span[] {
  const offsets: Span[] = [];
  let part = 0;
  for (let at = first; at < last; at++) {
    const [start, end] = [starts[at]!, ends[at]!];
    while (part + 1 < parts.length && partEnd(parts[part]!) <= start) part++;
    let final = part;
    while (final + 1 < parts.length && parts[final + 1]!.text < end) final++;
    const from = placeIn(parts[part], start);
    offsets.push([from, Math.max(from, placeIn(parts[final], end))]);
  }
  return offsets;
}

function partEnd({ text, length }: KeptPart): number {
  return text + length;
}

/** A position of the text in the completion, which is within the part. */
function placeIn(part: KeptPart | undefined, position: number): number {
  if (part === undefined) return 0;
  return part.completion + Math.min(Math.max(position - part.text, 0), part.length);
}
