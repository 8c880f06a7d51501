/**
 * The members of a JSON object as the text that they were written with, so that a value nobody reads
 * can be written again to the letter: integers of any size, every digit, and the order of keys.
 *
 * Read as Python's json reads and writes it, which has NaN, Infinity and -Infinity besides the numbers
 * of RFC 8259. A key that an object has twice is a fault, wherever the object stands: JSON does not say
 * which of the values counts.
 *
 * @module
 */

/** Objects and lists that may stand in one another. */
const deepest = 512;

/** Why a text is no object, or not one that can be read. */
export class JsonTextFault extends Error {}

/** The object that a text holds. */
export interface JsonObjectText {
  /** The text of each value by its key, in the order of the text. */
  readonly members: ReadonlyMap<string, string>;
  /** The object's text up to its closing brace. */
  readonly opened: string;
}

/**
 * Reads the members of the object that a text consists of.
 *
 * @throws {JsonTextFault} where it is no object, is not JSON or has a key twice
 *
 * @example A number that JavaScript does not hold
 * ```ts
 * import { readObjectText } from "./json_text.ts";
 * import assert from "node:assert/strict";
 *
 * const { members } = readObjectText('{"id": 9007199254740993, "old": NaN}');
 * assert.deepEqual([...members], [["id", "9007199254740993"], ["old", "NaN"]]);
 * ```
 */
export function readObjectText(text: string): JsonObjectText {
  return new Reader(text).whole();
}

/** Whether a text is one JSON value, of any kind. */
export function isJsonText(text: string): boolean {
  return new Reader(text).isValue();
}

/**
 * The text of each element of a list.
 *
 * @param text the text of a JSON list
 */
export function elementsOf(text: string): string[] {
  return new Reader(text).elements();
}

/** Characters of a string but quotes, escapes and control characters, which must be escaped. */
// deno-lint-ignore no-control-regex -- they are what is looked for
const plain = /[^"\\\u0000-\u001f]*/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity/y;

/** Reads forward through one text. */
class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): JsonObjectText {
    this.#skipSpace();
    const start = this.#at;
    const isObject = this.#text[start] === "{";
    const members = new Map<string, string>();
    if (isObject) this.#object(members);
    else this.#value();
    const end = this.#at;
    this.#skipSpace();
    if (this.#at < this.#text.length) throw notJson();
    if (!isObject) throw new JsonTextFault("is not a JSON object");
    return { members, opened: this.#text.slice(start, end - 1) };
  }

  isValue(): boolean {
    try {
      this.#skipSpace();
      this.#value();
      this.#skipSpace();
      return this.#at === this.#text.length;
    } catch (error) {
      if (error instanceof JsonTextFault) return false;
      throw error;
    }
  }

  elements(): string[] {
    const elements: string[] = [];
    this.#members("]", () => {
      const from = this.#at;
      this.#value();
      elements.push(this.#text.slice(from, this.#at));
    });
    return elements;
  }

  #value(): void {
    const char = this.#text[this.#at];
    if (char === '"') this.#string();
    else if (char === "{") this.#object();
    else if (char === "[") this.#list();
    else this.#take(scalar);
  }

  /** @param members takes the text of each value under its key */
  #object(members = new Map<string, string>()): void {
    this.#members("}", () => {
      const key = this.#key();
      if (members.has(key)) throw new JsonTextFault(`has the key '${key}' twice`);
      this.#skipSpace();
      if (this.#text[this.#at++] !== ":") throw notJson();
      this.#skipSpace();
      const from = this.#at;
      this.#value();
      members.set(key, this.#text.slice(from, this.#at));
    });
  }

  #list(): void {
    this.#members("]", () => this.#value());
  }

  /** What stands between a brace or bracket and its closing one, separated by commas. */
  #members(close: string, member: () => void): void {
    if (++this.#depth > deepest) throw new JsonTextFault(`is nested more than ${deepest} deep`);
    this.#at++;
    this.#skipSpace();
    if (this.#text[this.#at] !== close) {
      do {
        this.#skipSpace();
        member();
        this.#skipSpace();
      } while (this.#text[this.#at] === "," && ++this.#at);
    }
    if (this.#text[this.#at++] !== close) throw notJson();
    this.#depth--;
  }

  #key(): string {
    const from = this.#at;
    const written = this.#string();
    const text = this.#text.slice(from, this.#at);
    return written === "as it is" ? text.slice(1, -1) : JSON.parse(text);
  }

  #string(): "as it is" | "escaped" {
    if (this.#text[this.#at++] !== '"') throw notJson();
    this.#take(plain);
    let written: "as it is" | "escaped" = "as it is";
    while (this.#text[this.#at] !== '"') {
      this.#take(escape);
      this.#take(plain);
      written = "escaped";
    }
    this.#at++;
    return written;
  }

  #take(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) throw notJson();
    this.#at = pattern.lastIndex;
  }

  #skipSpace(): void {
    for (;; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return;
    }
  }
}

function notJson(): JsonTextFault {
  return new JsonTextFault("is not JSON");
}
