/**
 * Letters and their cases, digits and space as Python's str methods know them.
 *
 * @module
 */

import { charactersOf } from "./sequences.ts";
import { SPACE } from "./strip.ts";

/** `str.title`: the first letter of every run of letters in upper case, the others in lower case. */
export function titled(text: string): string {
  let inside = false;
  return charactersOf(text).map((character) => {
    const now = isCased(character);
    const written = inside ? character.toLowerCase() : titleCase(character);
    inside = now;
    return written;
  }).join("");
}

/** `str.capitalize` */
export function capitalized(text: string): string {
  const [first = "", ...others] = charactersOf(text);
  return titleCase(first) + lowered(others.join(""), first);
}

/** `str.swapcase` */
export function swapped(text: string): string {
  return charactersOf(text).map((character) =>
    /\p{Uppercase}/u.test(character)
      ? character.toLowerCase()
      : /\p{Lt}/u.test(character)
      ? character
      : character.toUpperCase()
  ).join("");
}

/** Whether there are letters of two cases and all are in this one. */
export function isAllIn(case_: "lower" | "upper", text: string): boolean {
  const other = case_ === "lower" ? /[\p{Uppercase}\p{Lt}]/u : /[\p{Lowercase}\p{Lt}]/u;
  return !other.test(text) && charactersOf(text).some(isCased);
}

/** `str.istitle` */
export function isTitled(text: string): boolean {
  let [inside, any] = [false, false];
  for (const character of charactersOf(text)) {
    const cased = isCased(character);
    const upper = /[\p{Lu}\p{Lt}]/u.test(character);
    if (cased && upper === inside) return false;
    any ||= cased;
    inside = cased;
  }
  return any;
}

/** The tests of every character of a text, by the name of Python's method. */
export const everyCharacter: Readonly<Record<string, RegExp>> = {
  isalpha: /^\p{L}+$/u,
  isalnum: /^[\p{L}\p{N}]+$/u,
  isdecimal: /^\p{Nd}+$/u,
  isdigit: /^[\p{Nd}\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468]+$/u,
  isnumeric: /^\p{N}+$/u,
  isspace: new RegExp(`^[${SPACE}]+$`),
  isidentifier: /^[\p{ID_Start}_]\p{ID_Continue}*$/u,
};

function isCased(character: string): boolean {
  return /[\p{Ll}\p{Lu}\p{Lt}\p{Lowercase}\p{Uppercase}]/u.test(character);
}

/** Digraphs have a case of their own for the start of a word. */
function titleCase(character: string): string {
  if (/[\u01c4-\u01cc\u01f1-\u01f3]/.test(character)) {
    return digraphs.find((forms) => forms.includes(character))?.[1] ?? character;
  }
  const upper = character.toUpperCase();
  const [first = "", ...others] = charactersOf(upper);
  return others.length === 0 ? upper : first + others.join("").toLowerCase();
}

const digraphs = [
  "\u01c4\u01c5\u01c6",
  "\u01c7\u01c8\u01c9",
  "\u01ca\u01cb\u01cc",
  "\u01f1\u01f2\u01f3",
];

/** A final sigma depends on what stands before. */
function lowered(text: string, before: string): string {
  return (before + text).toLowerCase().slice(before.toLowerCase().length);
}
