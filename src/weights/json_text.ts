/**
 * Scans a JSON text for what `JSON.parse` would not report: excessive size or depth, and duplicate keys.
 *
 * A hundred megabytes of brackets become many gigabytes of objects and take the parser minutes, so an
 * untrusted text is measured first, in one pass and in constant memory. Of two entries with one name,
 * `JSON.parse` keeps the last, and another program might keep the first.
 *
 * @module
 */

/** The limits of a JSON text. */
export const jsonExtent = {
  /** Nested objects and lists. */
  deepest: 64,
  /** Brackets, commas and colons: about 16 to a tensor of a checkpoint's header. */
  mostParts: 10_000_000,
};

/** Nesting to which keys are compared; headers and indexes of checkpoints need two levels. */
const KEY_DEPTH = 4;

const BACKSLASH = 0x5c;
const QUOTE = 0x22;

/** Why a text is beyond the limits; undefined where it is not. The text need not be valid JSON. */
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

/**
 * The first key that an object has twice. Deeply nested objects are skipped.
 *
 * @param json a valid JSON text
 */
export function duplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case "{":
      case "[":
        if (depth++ < KEY_DEPTH) open.push(new Set());
        break;
      case "}":
      case "]":
        if (--depth < KEY_DEPTH) open.pop();
        break;
      case '"': {
        const end = endOfString(json, at);
        const keys = depth <= KEY_DEPTH && isKey(json, end) ? open.at(-1) : undefined;
        if (keys !== undefined) {
          const key: string = JSON.parse(json.slice(at, end));
          if (keys.has(key)) return key;
          keys.add(key);
        }
        at = end - 1;
      }
    }
  }
  return undefined;
}

/** Whether the string that ends before `end` is followed by a colon. */
function isKey(json: string, end: number): boolean {
  let at = end;
  while (at < json.length && " \t\n\r".includes(json.charAt(at))) at++;
  return json[at] === ":";
}

/** The position behind the closing quotation mark of the string that begins at `start`. */
export function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json.charCodeAt(at) !== QUOTE) {
    at += json.charCodeAt(at) === BACKSLASH ? 2 : 1;
  }
  return at + 1;
}
