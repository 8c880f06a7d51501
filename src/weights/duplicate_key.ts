/**
 * Finds a key that an object of a JSON text has twice, which `JSON.parse` hides by keeping the last.
 *
 * A checkpoint's header with two entries of one name would otherwise load one of them, and another
 * program might load the other.
 *
 * @module
 */

import { endOfString } from "./json_extent.ts";

/** Objects nested deeper than this are not looked into; headers and indexes need two levels. */
const DEEPEST = 4;

/**
 * The first key that an object has twice.
 *
 * @param json a text that `JSON.parse` accepts
 */
export function duplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case "{":
      case "[":
        if (depth++ < DEEPEST) open.push(new Set());
        break;
      case "}":
      case "]":
        if (--depth < DEEPEST) open.pop();
        break;
      case '"': {
        const end = endOfString(json, at);
        const keys = depth <= DEEPEST && isKey(json, end) ? open.at(-1) : undefined;
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
