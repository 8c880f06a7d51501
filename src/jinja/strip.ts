/**
 * Python's strip, which takes the characters to strip, and Python's own idea of space.
 *
 * @module
 */

/** The characters of `str.isspace`, as the inside of a character class. The byte order mark is none. */
export const SPACE =
  "\\t-\\r\\x1c-\\x1f \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const isSpace = new RegExp(`[${SPACE}]`);

/** What is stripped, and on which sides. */
export interface StripOptions {
  readonly left?: boolean;
  readonly right?: boolean;
  /** The characters to strip, each of them. @default space */
  readonly characters?: string | undefined;
}

/** The text without the characters at its ends. */
export function stripped(
  text: string,
  { left = false, right = false, characters }: StripOptions,
): string {
  const set = characters === undefined ? undefined : new Set(characters);
  const strips = (character: string) => set?.has(character) ?? isSpace.test(character);
  let [start, end] = [0, text.length];
  while (left && start < end) {
    const character = String.fromCodePoint(text.codePointAt(start)!);
    if (!strips(character)) break;
    start += character.length;
  }
  while (right && start < end) {
    const character = lastOf(text.slice(Math.max(start, end - 2), end));
    if (!strips(character)) break;
    end -= character.length;
  }
  return text.slice(start, end);
}

/** The last code point of one or two units. */
function lastOf(units: string): string {
  return (units.codePointAt(0) ?? 0) > 0xffff ? units : units.slice(-1);
}
