/**
 * TokenStream: the tokens of a template with a place, and what a parser asks of the token there.
 *
 * @module
 */

import { SyntaxFailure } from "./failure.ts";
import type { Token, TokenType } from "./lexer.ts";

/** Parentheses, filters and blocks that may stand in each other: what reads them calls itself. */
const DEEPEST = 200;

/** See the module. */
export class TokenStream {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  /** @param tokens the last of which is `eof` */
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get current(): Token {
    return this.#tokens[this.#at]!;
  }

  /** The token behind the current one. */
  get following(): Token {
    return this.#tokens[Math.min(this.#at + 1, this.#tokens.length - 1)]!;
  }

  /** Goes on; returns the token that was current. */
  next(): Token {
    const token = this.current;
    if (token.type !== "eof") this.#at++;
    return token;
  }

  /** Whether the current token is of one of these types. */
  is(...types: readonly TokenType[]): boolean {
    return types.includes(this.current.type);
  }

  /** Whether the current token is one of these names. */
  isName(...names: readonly string[]): boolean {
    return this.current.type === "name" && names.includes(this.current.value);
  }

  skip(type: TokenType): boolean {
    const there = this.is(type);
    if (there) this.next();
    return there;
  }

  skipName(name: string): boolean {
    const there = this.isName(name);
    if (there) this.next();
    return there;
  }

  expect(type: TokenType): Token {
    if (!this.is(type)) throw this.wrong(`expected token '${type}', got '${this.current.value}'`);
    return this.next();
  }

  expectName(name: string): void {
    if (!this.skipName(name)) throw this.wrong(`expected '${name}', got '${this.current.value}'`);
  }

  wrong(message: string): SyntaxFailure {
    return new SyntaxFailure(message, this.current.line);
  }

  /** Reads what may hold itself, but not without end. */
  nested<Node>(read: () => Node): Node {
    if (++this.#depth > DEEPEST) throw this.wrong(`nesting deeper than ${DEEPEST} levels`);
    const node = read();
    this.#depth--;
    return node;
  }
}
