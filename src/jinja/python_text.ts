/**
 * What Python prints: `str` and `repr` of a value.
 *
 * @module
 */

import { floatText } from "./decimal.ts";
import { EngineFailure } from "./failure.ts";
import {
  Dict,
  Host,
  isList,
  Markup,
  Range,
  textOf,
  Tuple,
  typeName,
  Undefined,
  type Value,
  View,
} from "./values.ts";

/** Values within values; Python gives up at about as many. */
const DEEPEST = 200;

/** `str(value)`, as `{{ value }}` prints it. */
export function textFor(value: Value): string {
  const text = textOf(value);
  if (text !== undefined) return text;
  return value instanceof Undefined ? "" : reprOf(value);
}

/**
 * `repr(value)`
 *
 * @throws {EngineFailure} where Python would print an address in memory
 */
export function reprOf(value: Value, depth = 0): string {
  if (depth > DEEPEST) {
    throw new EngineFailure(`a value deeper than ${DEEPEST} levels is not printed`);
  }
  const inner = (each: Value) => reprOf(each, depth + 1);
  if (typeof value === "string") return quoted(value);
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return floatText(value);
  if (isList(value)) return `[${value.map(inner).join(", ")}]`;
  if (value instanceof Tuple) return tupleText(value.items.map(inner));
  if (value instanceof Dict) return `{${[...value.entries()].map(pairText(inner)).join(", ")}}`;
  return objectText(value, inner);
}

function objectText(value: Value, inner: (value: Value) => string): string {
  if (value instanceof Undefined) return "Undefined";
  if (value instanceof Markup) return `Markup(${quoted(value.text)})`;
  if (value instanceof View) return `dict_${value.part}([${[...value].map(inner).join(", ")}])`;
  if (value instanceof Range) {
    const { start, stop, step } = value;
    return `range(${start}, ${stop}${step === 1n ? "" : `, ${step}`})`;
  }
  if (value instanceof Host && value.print !== undefined) return value.print();
  throw new EngineFailure(
    `a '${typeName(value)}' is not printed, as Python prints its place in memory`,
  );
}

function tupleText(items: readonly string[]): string {
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(", ")})`;
}

function pairText(inner: (value: Value) => string) {
  return ([key, value]: readonly [Value, Value]) => `${inner(key)}: ${inner(value)}`;
}

/** A text in quotes: single ones, unless only those are in it. */
function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\\p{C}\p{Z}'"]/gu, (character) => {
    if (character === quote || character === "\\") return `\\${character}`;
    if (character === " " || character === "'" || character === '"') return character;
    return shortEscapes[character] ?? numbered(character.codePointAt(0)!);
  });
  return `${quote}${escaped}${quote}`;
}

const shortEscapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function numbered(point: number): string {
  const digits = point.toString(16);
  if (point <= 0xff) return `\\x${digits.padStart(2, "0")}`;
  return point <= 0xffff ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
}
