/**
 * Filters that make a text.
 *
 * @module
 */

import { asCount, asText, REQUIRED, take } from "./arguments.ts";
import { capitalized } from "./casing.ts";
import { PythonFailure } from "./failure.ts";
import type { Filter } from "./filters.ts";
import { escaped } from "./html.ts";
import { jsonText } from "./json_text.ts";
import { percentFormat } from "./percent_format.ts";
import { textFor } from "./python_text.ts";
import { charactersOf, lengthOf } from "./sequences.ts";
import { splitLines } from "./split.ts";
import { SPACE, stripped } from "./strip.ts";
import { replaced, textMethods } from "./text_methods.ts";
import { type Arguments, Dict, isTrue, Markup, textOf, Tuple, type Value } from "./values.ts";

/** The filters by name. */
export const textFilters: Readonly<Record<string, Filter>> = {
  lower: onText("lower", (text) => text.toLowerCase()),
  upper: onText("upper", (text) => text.toUpperCase()),
  capitalize: onText("capitalize", capitalized),
  title: onText("title", titledWords),
  wordcount: (value, given) => {
    take("wordcount", given, {});
    return BigInt(textFor(value).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0);
  },
  // Escaped text is text already, and stays escaped.
  string: (value, given) => {
    take("string", given, {});
    return value instanceof Markup ? value : textFor(value);
  },
  safe: (value, given) => {
    take("safe", given, {});
    return new Markup(textFor(value));
  },
  escape,
  e: escape,
  // Escapes once more what is escaped already.
  forceescape: (value, given) => {
    take("forceescape", given, {});
    return new Markup(escaped(textFor(value)));
  },
  trim: (value, given) => {
    const [chars] = take("trim", given, { chars: null });
    const characters = chars === null ? undefined : asText(chars!);
    return like(value, stripped(textFor(value), { left: true, right: true, characters }));
  },
  center: (value, given, { budget }) => {
    const [width] = take("center", given, { width: 80n });
    const method = textMethods.center!;
    return like(value, method(textFor(value), { positional: [width!], named: new Map() }, budget));
  },
  replace: (value, given, { budget }) => {
    const [old, fresh, count] = take("replace", given, {
      old: REQUIRED,
      new: REQUIRED,
      count: null,
    });
    const most = count === null ? -1 : asCount(count!);
    return replaced(textFor(value), { old: textFor(old!), fresh: textFor(fresh!), most }, budget);
  },
  // Python's `%`, with the arguments as its values.
  format: (value, { positional, named }) => {
    if (positional.length > 0 && named.size > 0) {
      throw new PythonFailure(
        "FilterArgumentError",
        "can't handle positional and keyword arguments at the same time",
      );
    }
    const values = named.size > 0 ? new Dict(named) : new Tuple(positional);
    return like(value, percentFormat(textFor(value), values));
  },
  indent: (value, given, { budget }) => {
    const [width, first, blank] = take("indent", given, { width: 4n, first: false, blank: false });
    // A number of spaces, or any text.
    const indention = textOf(width!) ?? " ".repeat(Math.max(0, asCount(width!)));
    const text = indented(asText(value), indention, {
      first: isTrue(first!),
      blank: isTrue(blank!),
    });
    budget.make(text.length);
    return like(value, text);
  },
  truncate: (value, given) => {
    const [length, killwords, end, leeway] = take("truncate", given, {
      length: 255n,
      killwords: false,
      end: "...",
      leeway: null,
    });
    // Python asks for no text as long as nothing is cut.
    if (textOf(value) === undefined && (lengthOf(value) ?? Infinity) <= asCount(length!)) {
      return value;
    }
    const options = { length: asCount(length!), killwords: isTrue(killwords!), end: asText(end!) };
    return like(value, truncated(asText(value), options, leeway === null ? 5 : asCount(leeway!)));
  },
  tojson: (value, given, { budget }) => {
    const [ensureAscii, indent, separators, sortKeys] = take("tojson", given, {
      ensure_ascii: false,
      indent: null,
      separators: null,
      sort_keys: false,
    });
    const text = jsonText(value, {
      ensureAscii: isTrue(ensureAscii!),
      indent: indent!,
      separators: separators!,
      sortKeys: isTrue(sortKeys!),
    });
    budget.make(text.length);
    return text;
  },
};

/** What is made of escaped text counts as escaped. */
function like(value: Value, text: Value): Value {
  return value instanceof Markup && typeof text === "string" ? new Markup(text) : text;
}

/** A filter without arguments, on the text of any value. */
function onText(name: string, change: (text: string) => string): Filter {
  return (value, given) => {
    take(name, given, {});
    return like(value, change(textFor(value)));
  };
}

/** What is escaped already stays as it is. */
function escape(value: Value, given: Arguments): Value {
  take("escape", given, {});
  return new Markup(escaped(value));
}

/** Jinja's own idea of words: they begin behind space, hyphens and opening brackets. */
function titledWords(text: string): string {
  return text.split(new RegExp(`([-${SPACE}({\\[<]+)`)).map((part) => {
    const [first = "", ...others] = charactersOf(part);
    return first.toUpperCase() + others.join("").toLowerCase();
  }).join("");
}

/** Every line but the first with an indention; blank ones only on demand. */
function indented(
  text: string,
  indention: string,
  { first, blank }: { first: boolean; blank: boolean },
): string {
  const lines = splitLines(`${text}\n`);
  const written = lines.map((line, at) =>
    at > 0 && (blank || line !== "") ? indention + line : line
  ).join("\n");
  return first ? indention + written : written;
}

/** A text cut to a length with a mark at its end, at a space unless words may be cut. */
function truncated(
  text: string,
  { length, killwords, end }: { length: number; killwords: boolean; end: string },
  leeway: number,
): string {
  const characters = charactersOf(text);
  const room = length - charactersOf(end).length;
  if (room < 0 || leeway < 0) {
    throw new PythonFailure("AssertionError", `expected length >= ${end.length}, got ${length}`);
  }
  if (characters.length <= length + leeway) return text;
  const kept = characters.slice(0, room).join("");
  if (killwords) return kept + end;
  // A word that would be cut is left out.
  const lastSpace = kept.lastIndexOf(" ");
  return (lastSpace < 0 ? kept : kept.slice(0, lastSpace)) + end;
}
