/**
 * Where a text stops being JSON. V8 names the position in some of its messages only, and a caller
 * with a 5 MB body needs it in all of them. Run on texts that JSON.parse has refused, never before.
 *
 * @module
 */

/** Why and where a text is not JSON, counted in Unicode code points as everything on the wire. */
export interface JsonFault {
  /** From 0. */
  readonly position: number;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** What stands there: one character in quotes, or `end of input`. */
  readonly found: string;
}

/** Finds the first place at which no JSON text could go on; undefined where there is none. */
export function findJsonFault(text: string): JsonFault | undefined {
  const unit = new Scanner(text).fault();
  if (unit === undefined) return undefined;
  const before = text.slice(0, unit);
  const at = text.codePointAt(unit);
  return {
    position: codePoints(before),
    line: before.split("\n").length,
    column: codePoints(before.slice(before.lastIndexOf("\n") + 1)) + 1,
    found: at === undefined ? "end of input" : JSON.stringify(String.fromCodePoint(at)),
  };
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

type Expected = "value" | "firstValue" | "key" | "firstKey" | "colon" | "next" | "end";

/** A push-down scanner of RFC 8259; its stack is an array, so depth cannot overflow it. */
class Scanner {
  readonly #text: string;
  readonly #open: ("[" | "{")[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  fault(): number | undefined {
    let expected: Expected = "value";
    while (true) {
      this.#skipSpace();
      if (this.#at === this.#text.length) return expected === "end" ? undefined : this.#at;
      const next = this.#step(expected);
      if (next === undefined) return this.#at;
      expected = next;
    }
  }

  /** Takes one token; undefined where it is not one of those expected. */
  #step(expected: Expected): Expected | undefined {
    const char = this.#text[this.#at];
    switch (expected) {
      case "end":
        return undefined;
      case "colon":
        return this.#take(char === ":", "value");
      case "next":
        return this.#separator(char);
      case "firstKey":
        if (char === "}") return this.#close();
        return this.#string() ? "colon" : undefined;
      case "key":
        return this.#string() ? "colon" : undefined;
      case "firstValue":
        if (char === "]") return this.#close();
        return this.#value(char);
      case "value":
        return this.#value(char);
    }
  }

  #value(char: string | undefined): Expected | undefined {
    if (char === "[" || char === "{") {
      this.#open.push(char);
      return this.#take(true, char === "[" ? "firstValue" : "firstKey");
    }
    const taken = char === '"' ? this.#string() : this.#scalar();
    return taken ? this.#afterValue() : undefined;
  }

  #separator(char: string | undefined): Expected | undefined {
    const open = this.#open.at(-1);
    if (char === ",") return this.#take(true, open === "[" ? "value" : "key");
    return char === (open === "[" ? "]" : "}") ? this.#close() : undefined;
  }

  #close(): Expected {
    this.#at++;
    this.#open.pop();
    return this.#afterValue();
  }

  #afterValue(): Expected {
    return this.#open.length === 0 ? "end" : "next";
  }

  #take(fits: boolean, next: Expected): Expected | undefined {
    if (!fits) return undefined;
    this.#at++;
    return next;
  }

  #skipSpace(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
  }

  /** A number or a literal. On failure stands where it went wrong. */
  #scalar(): boolean {
    const pattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return false;
    this.#at += match[0].length;
    return true;
  }

  /** A string. On failure stands at the character that no string may hold. */
  #string(): boolean {
    if (this.#text[this.#at] !== '"') return false;
    this.#at++;
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (char === '"') {
        this.#at++;
        return true;
      }
      if (char < " " || (char === "\\" && !this.#escape())) return false;
      this.#at++;
    }
    return false;
  }

  /** An escape, standing at its backslash; left standing at its last character. */
  #escape(): boolean {
    const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
    escape.lastIndex = this.#at;
    const match = escape.exec(this.#text);
    if (match === null) return false;
    this.#at += match[0].length - 1;
    return true;
  }
}

/** Space, tab, line feed or carriage return; what lies behind the end is none of them. */
function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}
