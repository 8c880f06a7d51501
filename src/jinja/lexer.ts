/**
 * Lexer: the text of a template as tokens, after Jinja's own, with `trim_blocks` and `lstrip_blocks`.
 *
 * A block takes the line break behind it, and a block or comment that begins its line takes the space
 * before it; `-` takes all space on its side, and `+` keeps what these options would take.
 *
 * @module
 */

import { EngineFailure, SyntaxFailure } from "./failure.ts";
import { SPACE, stripped } from "./strip.ts";

/** What a token is: text of the template, the bounds of tags, a literal, or an operator by its sign. */
export type TokenType = string;

/** A part of a template. */
export interface Token {
  readonly type: TokenType;
  /** The text of data, names and strings; the digits of numbers. */
  readonly value: string;
  readonly line: number;
}

const operators = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}<>=.:|,;]/y;
const closers: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

const float = /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy;
const integer = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy;
const name = /[\p{ID_Start}_]\p{ID_Continue}*/uy;
const string = /'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*"/y;
const space = new RegExp(`[${SPACE}]+`, "y");

const begin = new RegExp(
  `\\{%([-+]?)[${SPACE}]*raw[${SPACE}]*(?:-%\\}[${SPACE}]*|%\\})|(\\{[{%#])([-+]?)`,
  "g",
);
const ends = {
  "{%": new RegExp(`\\+%\\}|-%\\}[${SPACE}]*|%\\}\\n?`, "y"),
  "{{": new RegExp(`-\\}\\}[${SPACE}]*|\\}\\}`, "y"),
  "{#": new RegExp(`\\+#\\}|-#\\}[${SPACE}]*|#\\}\\n?`, "g"),
} as const;
const rawEnd = new RegExp(
  `\\{%([-+]?)[${SPACE}]*endraw[${SPACE}]*(?:\\+%\\}|-%\\}[${SPACE}]*|%\\}\\n?)`,
  "g",
);

/** Splits a template. @throws {SyntaxFailure} as Jinja does */
export function tokenize(source: string): Token[] {
  const lines = source.split(/\r\n|\r|\n/);
  // Jinja drops one line break at the end of a template.
  if (lines.at(-1) === "") lines.pop();
  return new Lexer(lines.join("\n")).run();
}

class Lexer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #line = 1;
  /** Whether the last tag ended its line, so that the next begins one. */
  #lineStarts = true;

  constructor(source: string) {
    this.#source = source;
  }

  run(): Token[] {
    while (this.#at < this.#source.length) {
      const opening = this.#match(begin);
      if (opening === undefined) {
        this.#data(this.#source.slice(this.#at));
        break;
      }
      const [all, rawSign, bounds, sign] = opening;
      this.#data(this.#before(opening.index, sign ?? rawSign ?? "", bounds));
      this.#advance(opening.index + all.length);
      if (bounds === undefined) this.#raw();
      else if (bounds === "{#") this.#comment();
      else this.#tag(bounds as "{%" | "{{");
    }
    this.#push("eof", "");
    return this.#tokens;
  }

  /** The text before a tag, without the space that the tag takes. */
  #before(end: number, sign: string, bounds: string | undefined): string {
    const text = this.#source.slice(this.#at, end);
    if (sign === "-") return stripped(text, { right: true });
    if (sign === "+" || bounds === "{{") return text;
    const lineAt = text.lastIndexOf("\n") + 1;
    if (lineAt === 0 && !this.#lineStarts) return text;
    const indent = text.slice(lineAt);
    return stripped(indent, { right: true }) === "" ? text.slice(0, lineAt) : text;
  }

  #data(text: string): void {
    if (text !== "") this.#push("data", text);
  }

  /** Text that is no template, up to `endraw`. */
  #raw(): void {
    const closing = this.#match(rawEnd);
    if (closing === undefined) throw this.#wrong("Missing end of raw directive");
    this.#data(this.#before(closing.index, closing[1] ?? "", undefined));
    this.#advance(closing.index + closing[0].length);
  }

  #comment(): void {
    const closing = this.#match(ends["{#"]);
    if (closing === undefined) throw this.#wrong("Missing end of comment tag");
    this.#advance(closing.index + closing[0].length);
  }

  /** The tokens of a tag, whose end counts only outside all brackets. */
  #tag(bounds: "{%" | "{{"): void {
    this.#push(bounds, bounds);
    const open: string[] = [];
    for (;;) {
      const end = open.length === 0 ? this.#match(ends[bounds]) : undefined;
      if (end !== undefined) {
        this.#push(bounds === "{%" ? "%}" : "}}", end[0]);
        return this.#advance(this.#at + end[0].length);
      }
      this.#inside(open);
    }
  }

  /** One token within a tag. */
  #inside(open: string[]): void {
    const start = this.#at;
    for (const [type, pattern] of insidePatterns) {
      const found = this.#match(pattern);
      if (found === undefined) continue;
      const text = found[0];
      if (type === "operator") this.#operator(text, open);
      else if (type === "string") this.#push(type, this.#unescaped(text.slice(1, -1)));
      else if (type !== "space") this.#push(type, text);
      return this.#advance(start + text.length);
    }
    const [character = "nothing"] = this.#source.slice(start);
    throw start < this.#source.length
      ? this.#wrong(`unexpected char '${character}' at ${start}`)
      : this.#wrong("unexpected end of template");
  }

  /** Brackets have to match. */
  #operator(sign: string, open: string[]): void {
    const closer = closers[sign];
    if (closer !== undefined) open.push(closer);
    else if (Object.values(closers).includes(sign)) {
      const expected = open.pop();
      if (expected !== sign) throw this.#wrong(`unexpected '${sign}', expected '${expected}'`);
    }
    this.#push(sign, sign);
  }

  /** Python's escapes in a string; those that it does not know stay as they are. */
  #unescaped(text: string): string {
    const escape =
      /\\(\n|[\\'"abfnrtv]|[0-7]{1,3}|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[xuUN])/g;
    return text.replace(escape, (_, code: string) => {
      const simple = simpleEscapes[code];
      if (simple !== undefined) return simple;
      if (code === "N") throw new EngineFailure("the escape \\N in a string is not known");
      if (/^[xuU]$/.test(code)) throw this.#wrong(`truncated \\${code} escape`);
      const point = /^[0-7]/.test(code) ? parseInt(code, 8) : parseInt(code.slice(1), 16);
      if (point > 0x10ffff) throw this.#wrong("illegal Unicode character");
      if (point >= 0xd800 && point <= 0xdfff) {
        throw new EngineFailure("an escape for half of a surrogate pair is not known");
      }
      return String.fromCodePoint(point);
    });
  }

  /** Finds a pattern: here where it is sticky, here or later where it is global. */
  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#source) ?? undefined;
  }

  #advance(to: number): void {
    const passed = this.#source.slice(this.#at, to);
    this.#line += passed.split("\n").length - 1;
    this.#lineStarts = passed.endsWith("\n");
    this.#at = to;
  }

  #push(type: TokenType, value: string): void {
    this.#tokens.push({ type, value, line: this.#line });
  }

  #wrong(message: string): SyntaxFailure {
    return new SyntaxFailure(message, this.#line);
  }
}

/** What may stand in a tag, in the order in which it is tried. */
const insidePatterns: readonly (readonly [TokenType, RegExp])[] = [
  ["space", space],
  ["float", float],
  ["integer", integer],
  ["name", name],
  ["string", string],
  ["operator", operators],
];

const simpleEscapes: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};
