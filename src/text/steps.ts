/**
 * Steps: where the steps of a text end, by a rule or as a caller gave them. Pure; knows texts, not tokens.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { Span } from "./encoding.ts";
import type { StepMark, StepRule } from "./step_rule.ts";

/** What separates one step of a text from the next, in UTF-16 units. */
export interface StepBreak {
  readonly start: number;
  readonly end: number;
  /** Whether a step ends there, or nothing but space stands before it: a blank line. */
  readonly isEnd: boolean;
  /** Whether the text has the mark itself there. @default false */
  readonly isMark?: boolean;
}

/** The steps of a text. */
export interface FoundSteps {
  readonly breaks: readonly StepBreak[];
  /** Whether a step stands behind the last of them that nothing ends. */
  readonly open: boolean;
}

const separators = { line: /\r?\n/g, paragraph: /\r?\n(?:[^\S\n]*\n)+/g } as const;

/**
 * Finds the steps of a text. One ends where the text itself has the mark; where it has none, at each
 * separator behind something that is no space. What stands behind the last end is a step that is open.
 */
export function findSteps(text: string, { at, mark }: StepRule): FoundSteps {
  const typed = mark === undefined ? [] : typedMarks(text, mark);
  const separator = at === "line" || at === "paragraph" ? separators[at] : undefined;
  const isTyped = typed.length > 0 || separator === undefined;
  const breaks = isTyped ? typed : separated(text, separator);
  const last = breaks.findLast(({ isEnd }) => isEnd);
  return { breaks, open: last === undefined || text.slice(last.end).trim() !== "" };
}

/** The marks that a text has. A token may write the space before it. */
function typedMarks(text: string, { text: written }: StepMark): StepBreak[] {
  const solid = written.trim();
  if (solid === "") return [];
  const breaks: StepBreak[] = [];
  const spaced = written.startsWith(" ");
  for (let at = text.indexOf(solid); at >= 0; at = text.indexOf(solid, at + solid.length)) {
    const start = spaced && text[at - 1] === " " ? at - 1 : at;
    breaks.push({ start, end: at + solid.length, isEnd: true, isMark: true });
  }
  return breaks;
}

function separated(text: string, separator: RegExp): StepBreak[] {
  const breaks: StepBreak[] = [];
  let from = 0;
  for (const { 0: found, index: start } of text.matchAll(separator)) {
    const isEnd = text.slice(from, start).trim() !== "";
    from = start + found.length;
    breaks.push({ start, end: from, isEnd });
  }
  return breaks;
}

/**
 * The steps that a caller gave as ranges of the completion, as breaks of a text.
 *
 * With a mark, line breaks at the end of a range and behind it are the separator, which it replaces.
 *
 * @param steps in UTF-16 units of the text
 */
export function givenSteps(text: string, steps: readonly Span[], rule: StepRule): FoundSteps {
  const breaks = steps.map(([start, end], i): StepBreak => {
    if (rule.mark === undefined) return { start: end, end, isEnd: true };
    const next = steps[i + 1]?.[0] ?? text.length;
    const before = /[\r\n]*$/.exec(text.slice(start, end))?.[0].length ?? 0;
    const behind = /^[\r\n]*/.exec(text.slice(end, next))?.[0].length ?? 0;
    return { start: end - before, end: end + behind, isEnd: true };
  });
  const { start = 0, end = 0 } = breaks.at(-1) ?? {};
  // A mark that would stand at the end without any width is written where open steps get theirs.
  const atEnd = start === end && end === text.length;
  return atEnd ? { breaks: breaks.slice(0, -1), open: true } : { breaks, open: false };
}

/**
 * Refuses ranges that are no steps of the completion.
 *
 * @throws {AbacusError} `invalid_request` with the path `steps` or `steps[i]`
 */
export function expectSteps(steps: readonly Span[], length: number): void {
  if (steps.length === 0) throw invalid("steps", "there must be at least one", steps);
  let from = 0;
  for (const [at, [start, end]] of steps.entries()) {
    const path = `steps[${at}]`;
    if (start >= end) throw invalid(path, "a step must have a character", [start, end]);
    if (start < from) throw invalid(path, `it must not begin before ${from}`, [start, end]);
    if (end > length) {
      throw invalid(path, `it must lie within the completion's ${length} characters`, [start, end]);
    }
    from = end;
  }
}

/** The error of steps that cannot be read. */
export function invalid(path: string, reason: string, received: unknown): AbacusError {
  return new AbacusError(
    "invalid_request",
    `Cannot read the completion's steps as ${reason}: received ${JSON.stringify(received)}`,
    { path },
  );
}
