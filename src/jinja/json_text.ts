/**
 * `tojson` as transformers has it: Python's `json.dumps`, without escapes for HTML.
 *
 * @module
 */

import { asText } from "./arguments.ts";
import { floatText } from "./decimal.ts";
import { EngineFailure, typeError } from "./failure.ts";
import { compareValues } from "./compare.ts";
import { Dict, integerOf, itemsOf, textOf, typeName, type Value } from "./values.ts";

/** Values within values. */
const DEEPEST = 200;

/** The options of `json.dumps`. */
export interface JsonOptions {
  readonly ensureAscii: boolean;
  /** None for one line, a number of spaces, or the text of an indent. */
  readonly indent: Value;
  /** None for the usual ones, or a pair: what stands between items, and behind keys. */
  readonly separators: Value;
  readonly sortKeys: boolean;
}

/** A value as JSON. @throws {PythonFailure} for what JSON cannot write */
export function jsonText(value: Value, options: JsonOptions): string {
  const indent = options.indent === null
    ? undefined
    : textOf(options.indent) ?? " ".repeat(Math.max(0, Number(integerOf(options.indent) ?? 0n)));
  const pair = options.separators === null ? undefined : itemsOf(options.separators);
  const [comma, colon] = (pair ?? [indent === undefined ? ", " : ",", ": "]).map(asText);
  const writer = new JsonWriter({ ...options, indent, comma: comma ?? "", colon: colon ?? "" });
  return writer.write(value, 0);
}

interface Style {
  readonly ensureAscii: boolean;
  readonly sortKeys: boolean;
  readonly indent: string | undefined;
  readonly comma: string;
  readonly colon: string;
}

class JsonWriter {
  readonly #style: Style;

  constructor(style: Style) {
    this.#style = style;
  }

  write(value: Value, depth: number): string {
    if (depth > DEEPEST) {
      throw new EngineFailure(`JSON deeper than ${DEEPEST} levels is not written`);
    }
    if (value === null) return "null";
    if (typeof value === "boolean") return String(value);
    if (typeof value === "bigint") return String(value);
    if (typeof value === "number") return numberText(value);
    const text = textOf(value);
    if (text !== undefined) return this.#text(text);
    const items = itemsOf(value);
    if (items !== undefined) {
      return this.#enclosed("[]", items.map((item) => this.write(item, depth + 1)), depth);
    }
    if (value instanceof Dict) return this.#dict(value, depth);
    throw typeError(`Object of type ${typeName(value)} is not JSON serializable`);
  }

  #dict(dict: Dict, depth: number): string {
    let entries = [...dict.entries()];
    if (this.#style.sortKeys) entries = entries.toSorted(([a], [b]) => compareValues(a, b));
    const pairs = entries.map(([key, value]) =>
      this.#text(keyText(key)) + this.#style.colon + this.write(value, depth + 1)
    );
    return this.#enclosed("{}", pairs, depth);
  }

  #enclosed([open, close]: string, parts: readonly string[], depth: number): string {
    const { indent, comma } = this.#style;
    if (parts.length === 0) return `${open}${close}`;
    if (indent === undefined) return `${open}${parts.join(comma)}${close}`;
    const line = `\n${indent.repeat(depth + 1)}`;
    return `${open}${line}${parts.join(comma + line)}\n${indent.repeat(depth)}${close}`;
  }

  #text(text: string): string {
    // Python leaves what JSON lets stand, such as the line separators.
    const quoted = JSON.stringify(text);
    if (!this.#style.ensureAscii) return quoted;
    return quoted.replace(
      /[^ -~\x7f]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  }
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  return floatText(value);
}

function keyText(key: Value): string {
  const text = textOf(key);
  if (text !== undefined) return text;
  if (key === null) return "null";
  if (typeof key === "boolean" || typeof key === "bigint") return String(key);
  if (typeof key === "number") return numberText(key);
  throw typeError(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
}
