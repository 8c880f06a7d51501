/**
 * Splits texts as Python does: at space, at a separator, at line breaks.
 *
 * @module
 */

import { SPACE } from "./strip.ts";

/** What ends a line in Python. */
const BREAK = "\\n-\\r\\x1c-\\x1e\\x85\\u2028\\u2029";

/** At most so many splits, without end where negative; counted from the right or the left. */
export interface SplitOptions {
  readonly most: number;
  readonly right: boolean;
}

/** `str.split` and `str.rsplit`; without a separator runs of space separate, and none stands at an end. */
export function splitText(
  text: string,
  separator: string | undefined,
  { most, right }: SplitOptions,
): string[] {
  if (separator === undefined) return right ? fromRight(text, most) : fromLeft(text, most);
  const parts = text.split(separator);
  if (most < 0 || parts.length <= most + 1) return parts;
  if (right) {
    const kept = parts.slice(parts.length - most);
    return [parts.slice(0, parts.length - most).join(separator), ...kept];
  }
  return [...parts.slice(0, most), parts.slice(most).join(separator)];
}

/** `str.splitlines`, with more line breaks than `\n` and `\r`. */
export function splitLines(text: string, keep = false): string[] {
  const lines = text.match(new RegExp(`[^${BREAK}]*(?:\\r\\n|[${BREAK}]|$)`, "g"));
  const whole = (lines ?? []).filter((line) => line !== "");
  const ending = new RegExp(`(?:\\r\\n|[${BREAK}])$`);
  return keep ? whole : whole.map((line) => line.replace(ending, ""));
}

function fromLeft(text: string, most: number): string[] {
  const parts: string[] = [];
  let rest = text.replace(new RegExp(`^[${SPACE}]+`), "");
  while (rest !== "" && parts.length !== most) {
    const [word = "", space = ""] = new RegExp(`^[^${SPACE}]+([${SPACE}]*)`).exec(rest) ?? [];
    parts.push(word.slice(0, word.length - space.length));
    rest = rest.slice(word.length);
  }
  // What is left over keeps the space at its end.
  return rest === "" ? parts : [...parts, rest];
}

function fromRight(text: string, most: number): string[] {
  const words = fromLeft(text, -1);
  if (most < 0 || words.length <= most) return words;
  let rest = text;
  const kept = words.slice(words.length - most);
  for (const word of kept.toReversed()) rest = rest.slice(0, rest.lastIndexOf(word));
  return [rest.replace(new RegExp(`[${SPACE}]+$`), ""), ...kept];
}
