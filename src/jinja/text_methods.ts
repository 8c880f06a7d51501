/**
 * The methods of Python's str.
 *
 * Positions and lengths are in code points.
 *
 * @module
 */

import { asCount, asText, REQUIRED, take } from "./arguments.ts";
import { braceFormat } from "./brace_format.ts";
import type { Budget } from "./budget.ts";
import { capitalized, everyCharacter, isAllIn, isTitled, swapped, titled } from "./casing.ts";
import { PythonFailure, typeError } from "./failure.ts";
import { charactersOf, iterate, lengthOf } from "./sequences.ts";
import { splitLines, splitText } from "./split.ts";
import { stripped } from "./strip.ts";
import {
  type Arguments,
  integerOf,
  isTrue,
  textOf,
  Tuple,
  typeName,
  type Value,
} from "./values.ts";

/** A method, called on a text. */
export type TextMethod = (text: string, given: Arguments, budget: Budget) => Value;

/** The methods by their names. */
export const textMethods: Readonly<Record<string, TextMethod>> = {
  ...inCase({
    lower: (text) => text.toLowerCase(),
    upper: (text) => text.toUpperCase(),
    casefold: (text) => text.replaceAll("\u00df", "ss").toLowerCase(),
    title: titled,
    capitalize: capitalized,
    swapcase: swapped,
  }),
  ...Object.fromEntries(
    Object.entries(everyCharacter).map(([name, pattern]) => [name, test(pattern)]),
  ),
  islower: (text) => isAllIn("lower", text),
  isupper: (text) => isAllIn("upper", text),
  istitle: (text) => isTitled(text),
  // deno-lint-ignore no-control-regex -- all of ASCII
  isascii: (text) => /^[\x00-\x7f]*$/.test(text),
  isprintable: (text) => !/[\p{C}\p{Z}]/u.test(text.replaceAll(" ", "")),
  strip: strip({ left: true, right: true }),
  lstrip: strip({ left: true }),
  rstrip: strip({ right: true }),
  removeprefix: (text, given) => {
    const prefix = asText(one("removeprefix", given));
    return text.startsWith(prefix) ? text.slice(prefix.length) : text;
  },
  removesuffix: (text, given) => {
    const suffix = asText(one("removesuffix", given));
    return suffix !== "" && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text;
  },
  startswith: (text, given) => matchesEnd("startswith", text, given),
  endswith: (text, given) => matchesEnd("endswith", text, given),
  find: (text, given) => BigInt(search("find", text, given)),
  rfind: (text, given) => BigInt(search("rfind", text, given)),
  index: (text, given) => BigInt(mustFind(search("index", text, given))),
  rindex: (text, given) => BigInt(mustFind(search("rindex", text, given))),
  count: (text, given) => {
    const { part, sought } = within("count", text, given);
    if (sought === "") return BigInt(charactersOf(part).length + 1);
    return BigInt(part.split(sought).length - 1);
  },
  split: (text, given) => split(text, given),
  rsplit: (text, given) => split(text, given, { right: true }),
  splitlines: (text, given) => {
    const [keep] = take("splitlines", given, { keepends: false });
    return splitLines(text, isTrue(keep!));
  },
  partition: (text, given) => partition(text, asText(one("partition", given)), "indexOf"),
  rpartition: (text, given) => partition(text, asText(one("rpartition", given)), "lastIndexOf"),
  join: (text, given, budget) => {
    const parts = [...iterate(one("join", given))].map((part, at) => {
      const written = textOf(part);
      if (written !== undefined) return written;
      throw typeError(`sequence item ${at}: expected str instance, ${typeName(part)} found`);
    });
    budget.make(parts.reduce((sum, part) => sum + part.length + text.length, 0));
    return parts.join(text);
  },
  replace: (text, given, budget) => {
    const [old, fresh, count] = take("replace", given, {
      old: REQUIRED,
      new: REQUIRED,
      count: -1n,
    });
    return replaced(
      text,
      { old: asText(old!), fresh: asText(fresh!), most: asCount(count!) },
      budget,
    );
  },
  center: pad("center"),
  ljust: pad("ljust"),
  rjust: pad("rjust"),
  zfill: (text, given, budget) => {
    const missing = asCount(one("zfill", given)) - charactersOf(text).length;
    budget.make(text.length + Math.max(0, missing));
    return text.replace(/^[-+]?/, (sign) => sign + "0".repeat(Math.max(0, missing)));
  },
  expandtabs: (text, given) => {
    const [size] = take("expandtabs", given, { tabsize: 8n });
    return expandTabs(text, Math.min(1_000, asCount(size!)));
  },
  format: (text, given, budget) => braceFormat(text, given, budget),
};

/** `str.replace`, at most so often; without end where `most` is negative. */
export function replaced(
  text: string,
  { old, fresh, most }: { old: string; fresh: string; most: number },
  budget: Budget,
): string {
  // Between all characters and at both ends, where nothing is replaced.
  const parts = old === "" ? ["", ...charactersOf(text), ""] : text.split(old);
  const count = most < 0 ? parts.length - 1 : Math.min(most, parts.length - 1);
  budget.make(text.length + count * fresh.length);
  const head = parts.slice(0, count).map((part) => part + fresh).join("");
  return head + parts.slice(count).join(old);
}

/** Methods that change the case, all without arguments. */
function inCase(methods: Record<string, (text: string) => string>): Record<string, TextMethod> {
  return Object.fromEntries(
    Object.entries(methods).map(([name, change]) => [name, (text: string, given: Arguments) => {
      take(name, given, {});
      return change(text);
    }]),
  );
}

/** Whether every character is of a kind, and there is one. */
function test(pattern: RegExp): TextMethod {
  return (text) => pattern.test(text);
}

/** What is stripped is space, or each of the characters that are given. */
function strip(sides: { left?: boolean; right?: boolean }): TextMethod {
  return (text, given) => {
    const [chars] = take("strip", given, { chars: null });
    const characters = chars === null ? undefined : asText(chars!);
    return stripped(text, { ...sides, characters });
  };
}

/** The only argument of a method. */
function one(name: string, given: Arguments): Value {
  return take(name, given, { argument: REQUIRED })[0]!;
}

/** Where a method that takes `(text, start, end)` looks, and for what. */
function within(name: string, text: string, given: Arguments) {
  const [sub, start, end] = take(name, given, { sub: REQUIRED, start: null, end: null });
  const characters = charactersOf(text);
  const clamp = (bound: Value, absent: number) => {
    const at = integerOf(bound);
    if (at === undefined) return absent;
    const index = Number(at < 0n ? at + BigInt(characters.length) : at);
    return Math.max(0, Math.min(characters.length, index));
  };
  const [from, to] = [clamp(start!, 0), clamp(end!, characters.length)];
  return {
    sub: sub!,
    part: characters.slice(from, to).join(""),
    from,
    get sought() {
      return asText(sub!);
    },
  };
}

/** Whether a text begins or ends with another, or with one of several. */
function matchesEnd(name: "startswith" | "endswith", text: string, given: Arguments): boolean {
  const { sub, part } = within(name, text, given);
  const method = name === "startswith" ? "startsWith" : "endsWith";
  const options = sub instanceof Tuple ? sub.items : [sub];
  return options.some((option) => {
    const sought = textOf(option);
    if (sought !== undefined) return part[method](sought);
    throw typeError(`${name} first arg must be str or a tuple of str, not ${typeName(option)}`);
  });
}

/** The position of a text in another in code points, -1 where it is not in it. */
function search(name: string, text: string, given: Arguments): number {
  const { part, sought, from } = within(name, text, given);
  const at = name.startsWith("r") ? part.lastIndexOf(sought) : part.indexOf(sought);
  return at < 0 ? -1 : from + charactersOf(part.slice(0, at)).length;
}

/** `index` is `find` that has to find. */
function mustFind(at: number): number {
  if (at >= 0) return at;
  throw new PythonFailure("ValueError", "substring not found");
}

/** At space or at a separator, which may not be empty. */
function split(text: string, given: Arguments, { right = false } = {}): Value {
  const [sep, most] = take("split", given, { sep: null, maxsplit: -1n });
  const separator = sep === null ? undefined : asText(sep!);
  if (separator === "") throw new PythonFailure("ValueError", "empty separator");
  return splitText(text, separator, { most: asCount(most!), right });
}

/** The parts before and behind a separator, and the separator itself. */
function partition(text: string, separator: string, find: "indexOf" | "lastIndexOf"): Value {
  if (separator === "") throw new PythonFailure("ValueError", "empty separator");
  const at = text[find](separator);
  if (at < 0) return new Tuple(find === "indexOf" ? [text, "", ""] : ["", "", text]);
  return new Tuple([text.slice(0, at), separator, text.slice(at + separator.length)]);
}

/** Fills a text up to a width. */
function pad(name: "center" | "ljust" | "rjust"): TextMethod {
  return (text, given, budget) => {
    const [width, fill] = take(name, given, { width: REQUIRED, fillchar: " " });
    const filler = asText(fill!);
    if (lengthOf(filler) !== 1) {
      throw typeError("The fill character must be exactly one character long");
    }
    const missing = Math.max(0, asCount(width!) - charactersOf(text).length);
    budget.make(text.length + missing);
    // As Python has it: the odd one stands left where the width is odd.
    const half = Math.floor(missing / 2) + (missing & asCount(width!) & 1);
    const left = { center: half, ljust: 0, rjust: missing }[name];
    return filler.repeat(left) + text + filler.repeat(missing - left);
  };
}

/** Tabs as spaces up to the next stop. */
function expandTabs(text: string, size: number): string {
  let column = 0;
  return charactersOf(text).map((character) => {
    if (character === "\t") {
      const spaces = size > 0 ? size - column % size : 0;
      column += spaces;
      return " ".repeat(spaces);
    }
    column = character === "\n" || character === "\r" ? 0 : column + 1;
    return character;
  }).join("");
}
