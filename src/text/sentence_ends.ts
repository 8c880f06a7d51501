/**
 * Sentence ends: where sentences end in what people and language models write, in any language. Pure.
 *
 * By Unicode's rules (UAX 29), and a few of our own for what these leave out: text without capitals, the marks of
 * lists, the emphasis of Markdown, and titles before names.
 *
 * @module
 */

import { closers, closingSigns } from "./closing_signs.ts";

/** Unicode's rules, in no language in particular. */
const segmenter = new Intl.Segmenter("und", { granularity: "sentence" });

/** A full stop, but not that of "e.g." or of an initial, with what belongs to it: closers, further marks, space. */
const fullStop = String
  .raw`(?<!\.\p{L}{1,9}|(?<![\p{L}\p{N}])\p{L})\.${closers}(?:\s+[.!?]+${closers})*\s+`;

const fullStopEnd = new RegExp(fullStop, "gv");

/** A mark that may end a sentence. */
const sentenceMark = new RegExp(String.raw`${fullStop}|[!?]${closers}\s+`, "gv");

/** How a sentence begins: with a letter that is small, or a capital. */
const sentenceStart = /["'*_\p{Pi}\p{Ps}]{0,3}(?:(?<small>\p{Ll})|\p{Lu})/yv;

/** Abbreviations that something always follows; "ms." with a small letter are milliseconds. */
const unfinished =
  /(?<![\p{L}\p{N}])(?:[Mm]rs?|Ms|[Dd]r|[Pp]rof|St|Mt|vs|cf|approx|[Ff]igs?|[Ee]qs?|e\.g|i\.e)\.\s{1,3}$/v;

/** The mark of a list's entry, as in "2. ", "b. " or "- 3) ". */
const listMark = /^\s*(?:[\-*+>#]+\s)?\(?(?:\p{N}{1,3}|\p{L})[.\)]\s+$/v;

/** The longest text that {@linkcode unfinished} and {@linkcode listMark} look at, in UTF-16 units. */
const LONGEST = 16;

/** Where each sentence of a text ends, with the space behind it: in UTF-16 units, ascending. */
export function sentenceEnds(text: string): number[] {
  const kept: number[] = [];
  const behindSigns = closingSigns(text);
  for (const end of possibleEnds(text)) {
    const from = kept.at(-1) ?? 0;
    if (end <= from || isUnfinished(text, from, end)) continue;
    const hasSpace = /\s/.test(text[end - 1]!);
    kept.push(hasSpace ? end : spaceEnd(text, behindSigns(from, markEnd(text, from, end))));
  }
  return kept;
}

/**
 * By Unicode's rules a full stop before a small letter ends nothing, as in "approx. three". Text that writes no
 * capitals would be one sentence by that, so there every full stop may end one.
 */
function possibleEnds(text: string): number[] {
  const ends = Array.from(segmenter.segment(text), ({ index, segment }) => index + segment.length);
  return isWithoutCapitals(text) ? union(ends, matchEnds(text, fullStopEnd)) : ends;
}

/** Whether most sentences of a text begin with a small letter, as in much chat and in tokenised corpora. */
function isWithoutCapitals(text: string): boolean {
  let balance = 0;
  for (const start of [text.search(/\S/), ...matchEnds(text, sentenceMark)]) {
    sentenceStart.lastIndex = start;
    const found = sentenceStart.exec(text);
    if (found !== null) balance += found.groups!.small === undefined ? -1 : 1;
  }
  return balance > 0;
}

/** Whether the text from one end to the next is no sentence yet, as it is the mark of a list or of a title. */
function isUnfinished(text: string, from: number, end: number): boolean {
  if (unfinished.test(text.slice(Math.max(from, end - LONGEST), end))) return true;
  const opensLine = from === 0 || /[\n\r\u0085\u2028\u2029]/.test(text[from - 1]!);
  return opensLine && end - from <= LONGEST && listMark.test(text.slice(from, end));
}

/** Where the mark of a sentence ends, before the straight quotes that Unicode's rules take for closing ones. */
function markEnd(text: string, from: number, end: number): number {
  let mark = end;
  while (mark > from && /["']/.test(text[mark - 1]!)) mark--;
  return mark > from ? mark : end;
}

/** What people see as space: Unicode calls U+0085 so, JavaScript U+FEFF. */
const space = /[\s\u0085]*/y;

/** Where the space at a place ends. */
export function spaceEnd(text: string, from: number): number {
  space.lastIndex = from;
  space.test(text);
  return space.lastIndex;
}

/** Where the matches of a pattern end, in UTF-16 units. */
export function matchEnds(text: string, pattern: RegExp): number[] {
  return Array.from(text.matchAll(pattern), ({ index, 0: found }) => index + found.length);
}

/** The ends of either list, ascending. */
export function union(some: readonly number[], others: readonly number[]): number[] {
  return [...new Set([...some, ...others])].toSorted((a, b) => a - b);
}
