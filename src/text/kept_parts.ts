/**
 * What a chat template kept of a completion: the parts that stand in the rendered text, and the ranges
 * that do not.
 *
 * Templates trim space, put other space in its place, and leave out one stretch of a turn, as those do that
 * keep of a reasoning model's answer only what stands behind `</think>`. Characters that are no space are
 * therefore compared first: those in the text must be the completion's but for one stretch. Space belongs
 * to the completion where it stands beside such characters in both. The cost is linear. Pure.
 *
 * @module
 */

import type { Span } from "./encoding.ts";

/** A part of a completion that stands in a text unchanged. */
export interface KeptPart {
  /** Where it begins in the text. */
  readonly text: number;
  /** Where it begins in the completion. */
  readonly completion: number;
  readonly length: number;
}

/**
 * The parts of a completion in what a template wrote for it, in UTF-16 units; undefined where the template
 * wrote something else.
 *
 * @param endIsKept whether the end of the completion is in the text, asked only where what is left may be
 * its beginning as well as its end
 */
export function keptParts(
  written: string,
  completion: string,
  endIsKept: () => boolean,
): readonly KeptPart[] | undefined {
  const [left, all] = [solids(written), solids(completion)];
  if (left.length === 0) return blankPart(written, completion);
  const [head, tail] = commonEnds(left, all, { written, completion });
  if (head + tail < left.length) return undefined;
  const whole = left.length === all.length;
  const kept = whole || !endIsKept() ? Math.min(head, left.length) : left.length - tail;
  const missing = all.length - left.length;
  const places = left.map((text, at): Place => ({
    text,
    completion: all[at < kept ? at : at + missing]!,
  }));
  return joined(places, { written, completion });
}

/** The ranges of a completion that none of the parts covers. */
export function droppedRanges(parts: readonly KeptPart[], length: number): Span[] {
  const dropped: Span[] = [];
  let from = 0;
  for (const { completion, length } of parts) {
    if (completion > from) dropped.push([from, completion]);
    from = completion + length;
  }
  if (length > from) dropped.push([from, length]);
  return dropped;
}

/** Whether all is space to Python's strip or JavaScript's trim, which differ in a few characters. */
export function isBlank(text: string): boolean {
  // deno-lint-ignore no-control-regex -- Python strips the separators U+001C to U+001F
  return /^[\s\x1c-\x1f\x85]*$/.test(text);
}

/** A text and a completion of which it has parts. */
interface Pair {
  readonly written: string;
  readonly completion: string;
}

/** One character in the text and in the completion. */
interface Place {
  readonly text: number;
  readonly completion: number;
}

/** The positions of all characters that are no space. */
function solids(text: string): number[] {
  const positions: number[] = [];
  for (let at = 0; at < text.length; at++) if (!isBlank(text[at]!)) positions.push(at);
  return positions;
}

/** Of a template that left only space, the place of that space. */
function blankPart(written: string, completion: string): readonly KeptPart[] | undefined {
  const at = completion.indexOf(written);
  if (at < 0) return undefined;
  return written === "" ? [] : [{ text: 0, completion: at, length: written.length }];
}

/** How many characters agree from the start on, and how many from the end on. */
function commonEnds(
  left: readonly number[],
  all: readonly number[],
  { written, completion }: Pair,
): [head: number, tail: number] {
  const most = Math.min(left.length, all.length);
  const agree = (a: number | undefined, b: number | undefined) =>
    a !== undefined && b !== undefined && written[a] === completion[b];
  let head = 0;
  while (head < most && agree(left[head], all[head])) head++;
  let tail = 0;
  while (tail < most && agree(left.at(-1 - tail), all.at(-1 - tail))) tail++;
  // Two characters may share the first or the last half of a surrogate pair.
  if (isHalf(written, left[head - 1], 0xd800)) head--;
  if (isHalf(written, left.at(-tail), 0xdc00) && tail > 0) tail--;
  return [head, tail];
}

function isHalf(text: string, at: number | undefined, first: number): boolean {
  return at !== undefined && (text.charCodeAt(at) & 0xfc00) === first;
}

/** Characters that agree as parts, with the space beside them that agrees too. */
function joined(places: readonly Place[], pair: Pair): KeptPart[] {
  const parts: KeptPart[] = [];
  let before: Place = { text: -1, completion: -1 };
  let start = before;
  for (
    const place of [...places, { text: pair.written.length, completion: pair.completion.length }]
  ) {
    const gap = {
      written: pair.written.slice(before.text + 1, place.text),
      completion: pair.completion.slice(before.completion + 1, place.completion),
    };
    if (gap.written !== gap.completion || before.text < 0) {
      const [behind, ahead] = commonSpace(gap, before.text < 0, place.text === pair.written.length);
      const end = before.text + 1 + behind;
      if (end > start.text && start.text >= 0) parts.push(partOf(start, end));
      start = { text: place.text - ahead, completion: place.completion - ahead };
    }
    before = place;
  }
  if (start.text < pair.written.length) parts.push(partOf(start, pair.written.length));
  return parts.filter(({ length }) => length > 0);
}

function partOf(start: Place, end: number): KeptPart {
  return { ...start, length: end - start.text };
}

/** How much space agrees behind the one character and before the next. */
function commonSpace(
  { written, completion }: Pair,
  first: boolean,
  last: boolean,
): [behind: number, ahead: number] {
  const most = Math.min(written.length, completion.length);
  let behind = 0;
  while (!first && behind < most && written[behind] === completion[behind]) behind++;
  let ahead = 0;
  const agree = () => written.at(-1 - ahead) === completion.at(-1 - ahead);
  while (!last && ahead < most - behind && agree()) ahead++;
  return [behind, ahead];
}
