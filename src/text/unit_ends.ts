/**
 * Unit ends: where the units of a text end, by the text alone, in any language. Pure.
 *
 * @module
 */

import { codePointLength } from "./encoding.ts";
import { closers, closingSigns } from "./closing_signs.ts";
import { matchEnds, sentenceEnds, spaceEnd, union } from "./sentence_ends.ts";
import type { TextUnit } from "./unit_rule.ts";

const lineBreak = String.raw`(?:\r\n|[\n\r\u0085\u2028\u2029])`;
const blank = String.raw`[^\S\n\r\u0085\u2028\u2029]*`;

/** One line break, or several with nothing but space between them. */
const lineEnd = new RegExp(`${lineBreak}(?:${blank}${lineBreak})*`, "g");

/** At least two: a blank line. */
const stepEnd = new RegExp(`${lineBreak}(?:${blank}${lineBreak})+`, "g");

/**
 * The marks that end a clause within a sentence. Those of Latin text count where space follows, or nothing, or
 * quotes, brackets or emphasis before it, since they also stand within numbers, times and addresses. Those of other
 * scripts are Unicode's Terminal_Punctuation (comma, semicolon and colon of Arabic, Chinese, Ethiopic and others)
 * and the Armenian comma, which Unicode does not count among them.
 */
const clauseMarks = [
  String.raw`[,;:](?=${closers}(?:\s|$))`,
  String.raw`[[\p{Terminal_Punctuation}\u055D]--[,;:.?!]]`,
  String.raw`[\u2014\u2015\u2026]`, // dashes that need no space, and the ellipsis
  String.raw`(?<=\S[^\S\n\r\u0085\u2028\u2029]+)(?:--?|\u2013)(?=\s)`, // but no mark of a list, which opens a line
];

/** Marks that stand together are as one. */
const clauseMark = new RegExp(`(?:${clauseMarks.join("|")})+`, "gv");

/**
 * Where each unit of a text ends, in code points, ascending; the last end is the end of the text.
 *
 * What ends a unit (a mark, a line break, the separator) is its own. So is the space behind a mark, a blank line
 * included; the space that a line begins with is that line's. No unit is nothing but space: such a stretch goes
 * with the unit before it, or at the beginning of the text with the one behind.
 */
export function unitEnds(text: string, rule: TextUnit): number[] {
  const ends = withoutBlanks(text, rawEnds(text, rule));
  let [from, points] = [0, 0];
  return ends.map((end) => {
    points += codePointLength(text.slice(from, end));
    from = end;
    return points;
  });
}

/** In UTF-16 units, ascending; perhaps without the end of the text. */
function rawEnds(text: string, rule: TextUnit): readonly number[] {
  if (typeof rule === "object") return separatorEnds(text, rule.separator);
  switch (rule) {
    case "line":
      return matchEnds(text, lineEnd);
    case "step":
      return matchEnds(text, stepEnd);
    case "sentence":
      return behindSpace(text, sentenceEnds(text));
    case "clause":
      return behindSpace(text, clauseEnds(text));
  }
}

/** A clause ends behind its mark, with the quotes, brackets and emphasis that close there; so does a sentence. */
function clauseEnds(text: string): number[] {
  const sentences = sentenceEnds(text);
  const behindSigns = closingSigns(text);
  let sentence = 0;
  const ends = matchEnds(text, clauseMark).map((end) => {
    while (sentence < sentences.length && sentences[sentence]! < end) sentence++;
    return behindSigns(sentences[sentence - 1] ?? 0, end);
  });
  return withoutBareMarks(text, sentences, union(sentences, ends));
}

/** Nothing but marks, as a dash at the beginning of a sentence. */
const bareMarks = /^\s*\p{P}[\s\p{P}]*$/v;

/**
 * Of the ends of clauses those behind at least one word, and those of sentences, so that clauses divide sentences. Marks
 * by themselves go with what they follow, and at the beginning of a sentence with what follows them.
 */
function withoutBareMarks(
  text: string,
  sentences: readonly number[],
  ends: readonly number[],
): number[] {
  const [starts, kept] = [new Set([0, ...sentences]), [] as number[]];
  let from = 0; // of what was not looked at
  let opened = false; // whether what stands before it are marks that a sentence begins with
  for (const end of ends) {
    const isBare = bareMarks.test(text.slice(from, end));
    opened = isBare && (opened || starts.has(from));
    if (!isBare || opened && starts.has(end)) kept.push(end);
    else if (!opened) kept[kept.length - 1] = end;
    opened &&= !starts.has(end);
    from = end;
  }
  return kept;
}

function separatorEnds(text: string, separator: string): number[] {
  const ends: number[] = [];
  for (let at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, ends.at(-1))) {
    ends.push(at + separator.length);
  }
  return ends;
}

/** The ends with all space that follows them: Unicode's rules end a sentence at the first of several line breaks. */
function behindSpace(text: string, ends: readonly number[]): number[] {
  const moved: number[] = [];
  for (const end of ends) {
    if (end > (moved.at(-1) ?? 0)) moved.push(spaceEnd(text, end));
  }
  return moved;
}

/** Ends of stretches that are not nothing but space, and the end of the text. */
function withoutBlanks(text: string, ends: readonly number[]): number[] {
  const kept: number[] = [];
  let from = 0;
  for (const end of [...ends, text.length]) {
    if (spaceEnd(text, from) < end) kept.push(end);
    else if (kept.length > 0) kept[kept.length - 1] = end;
    from = end;
  }
  return kept.length > 0 ? kept : [text.length];
}
