/**
 * How large and how deep a JSON text is, told before it is parsed.
 *
 * A hundred megabytes of brackets become many gigabytes of objects and take a parser minutes, so a
 * text from a stranger is measured first, in one pass and without memory.
 *
 * @module
 */

/** What a JSON text may have. */
export const jsonExtent = {
  /** Objects and lists within one another. */
  deepest: 64,
  /** Brackets, commas and colons: about 16 to a tensor of a checkpoint's header. */
  mostParts: 10_000_000,
};

const BACKSLASH = 0x5c;
const QUOTE = 0x22;

/**
 * Why a text is not to be parsed; undefined where it may be. The text need not be JSON.
 */
export function excessOf(
  json: string,
  { deepest, mostParts }: typeof jsonExtent = jsonExtent,
): string | undefined {
  let depth = 0;
  let parts = 0;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case '"':
        at = endOfString(json, at) - 1;
        break;
      case "{":
      case "[":
        parts++;
        if (++depth > deepest) return `it is nested more than ${deepest} deep`;
        break;
      case "}":
      case "]":
        depth--;
        parts++;
        break;
      case ",":
      case ":":
        parts++;
    }
    if (parts > mostParts) return `it has more than ${mostParts} parts`;
  }
  return undefined;
}

/** The place behind the closing quotation mark of the string that opens at `start`. */
export function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json.charCodeAt(at) !== QUOTE) {
    at += json.charCodeAt(at) === BACKSLASH ? 2 : 1;
  }
  return at + 1;
}
