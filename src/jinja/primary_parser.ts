/**
 * Parses what expressions are made of: names, literals, and lists, dicts and expressions in brackets.
 *
 * @module
 */

import type { Expression } from "./nodes.ts";
import type { TokenStream } from "./token_stream.ts";

/** What stands in brackets, which is read by whoever reads all expressions. */
export interface InnerExpressions {
  expression(): Expression;
  /** Several with commas, which may be none. */
  tuple(): Expression;
}

/** Reads the smallest expressions off a stream of tokens. */
export class PrimaryParser {
  readonly #tokens: TokenStream;
  readonly #inner: InnerExpressions;

  constructor(tokens: TokenStream, inner: InnerExpressions) {
    this.#tokens = tokens;
    this.#inner = inner;
  }

  /** A literal, a name, or an expression in brackets. `targets` allows `namespace.attribute`. */
  primary({ targets = false } = {}): Expression {
    const tokens = this.#tokens;
    const { type, value } = tokens.current;
    switch (type) {
      case "name":
        tokens.next();
        return this.#named(value, targets);
      case "string":
        return { kind: "constant", value: this.#strings() };
      case "integer":
        tokens.next();
        return { kind: "constant", value: BigInt(value.replaceAll("_", "").toLowerCase()) };
      case "float":
        tokens.next();
        return { kind: "constant", value: Number(value.replaceAll("_", "")) };
      case "(":
        return this.#parenthesised();
      case "[":
        return { kind: "list", items: this.items("[", "]") };
      case "{":
        return this.#dict();
      default:
        throw tokens.wrong(`unexpected '${value}'`);
    }
  }

  #named(name: string, targets: boolean): Expression {
    const constant = constants.get(name);
    if (constant !== undefined) return { kind: "constant", value: constant };
    if (!targets || !this.#tokens.skip(".")) return { kind: "name", name };
    return { kind: "member", name, attribute: this.#tokens.expect("name").value };
  }

  #strings(): string {
    let text = "";
    while (this.#tokens.is("string")) text += this.#tokens.next().value;
    return text;
  }

  #parenthesised(): Expression {
    this.#tokens.next();
    const node = this.#inner.tuple();
    this.#tokens.expect(")");
    return node;
  }

  /** What stands between two brackets, with commas; the last may have one too. */
  items(open: string, close: string, read = () => this.#inner.expression()): Expression[] {
    const items: Expression[] = [];
    this.#tokens.expect(open);
    while (!this.#tokens.is(close)) {
      items.push(read());
      if (!this.#tokens.is(close)) this.#tokens.expect(",");
    }
    this.#tokens.next();
    return items;
  }

  #dict(): Expression {
    const pairs: [Expression, Expression][] = [];
    this.items("{", "}", () => {
      const key = this.#inner.expression();
      this.#tokens.expect(":");
      pairs.push([key, this.#inner.expression()]);
      return key;
    });
    return { kind: "dict", pairs };
  }
}

/** Jinja spells each of its constants in two ways. */
const constants = new Map<string, boolean | null>([
  ["true", true],
  ["True", true],
  ["false", false],
  ["False", false],
  ["none", null],
  ["None", null],
]);
