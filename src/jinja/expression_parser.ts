/**
 * Parses expressions, in Jinja's order of precedence: from the conditional expression, which binds least,
 * down to literals.
 *
 * @module
 */

import type { ArgumentNodes, CallNode, Expression, FilterNode, SliceNode } from "./nodes.ts";
import type { TokenStream } from "./token_stream.ts";

/** Reads expressions off a stream of tokens. */
export class ExpressionParser {
  readonly #tokens: TokenStream;

  constructor(tokens: TokenStream) {
    this.#tokens = tokens;
  }

  expression(): Expression {
    return this.#tokens.nested(() => this.#conditional());
  }

  /** An expression that is no conditional one, as in `for x in xs if x`. */
  unconditional(): Expression {
    return this.#tokens.nested(() => this.#or());
  }

  /**
   * One expression, or several with commas, which are a tuple.
   *
   * @param read reads one of them
   * @param end the name that ends the tuple, such as `in`
   */
  tuple(
    read: () => Expression = () => this.expression(),
    { end, empty = false }: { end?: string; empty?: boolean } = {},
  ): Expression {
    const tokens = this.#tokens;
    const items: Expression[] = [];
    const ends = () => tokens.is("}}", "%}", ")") || (end !== undefined && tokens.isName(end));
    while (!ends()) {
      items.push(read());
      if (!tokens.skip(",")) {
        if (items.length === 1) return items[0]!;
        break;
      }
    }
    if (items.length === 0 && !empty) {
      throw tokens.wrong(`Expected an expression, got '${tokens.current.value}'`);
    }
    return { kind: "tuple", items };
  }

  /** What stands between the parentheses of a call. */
  arguments(): ArgumentNodes {
    const tokens = this.#tokens;
    const positional: Expression[] = [];
    const named: [string, Expression][] = [];
    let spread: Expression | undefined;
    let spreadNamed: Expression | undefined;
    const ensure = (right: boolean) => {
      if (!right) throw tokens.wrong("invalid syntax for function call expression");
    };
    tokens.expect("(");
    while (!tokens.is(")")) {
      if (tokens.skip("*")) {
        ensure(spread === undefined && spreadNamed === undefined);
        spread = this.expression();
      } else if (tokens.skip("**")) {
        ensure(spreadNamed === undefined);
        spreadNamed = this.expression();
      } else if (tokens.is("name") && tokens.following.type === "=") {
        ensure(spreadNamed === undefined);
        const { value } = tokens.next();
        ensure(named.every(([name]) => name !== value));
        tokens.next();
        named.push([value, this.expression()]);
      } else {
        ensure(spread === undefined && spreadNamed === undefined && named.length === 0);
        positional.push(this.expression());
      }
      if (!tokens.is(")")) tokens.expect(",");
    }
    tokens.next();
    return { positional, named, spread, spreadNamed };
  }

  /** Filters behind an operand, or behind a block, where there is none. */
  filters(operand: Expression | undefined, { first = false } = {}): Expression | undefined {
    const tokens = this.#tokens;
    let node = operand;
    let begins = first;
    while (begins || tokens.skip("|")) {
      begins = false;
      const name = this.#dottedName();
      const given = tokens.is("(") ? this.arguments() : noArguments;
      node = { kind: "filter", operand: node, name, given } satisfies FilterNode;
    }
    return node;
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
        return { kind: "list", items: this.#items("[", "]") };
      case "{":
        return this.#dict();
      default:
        throw tokens.wrong(`unexpected '${value}'`);
    }
  }

  #conditional(): Expression {
    let node = this.#or();
    while (this.#tokens.skipName("if")) {
      const test = this.#or();
      const otherwise = this.#tokens.skipName("else") ? this.expression() : undefined;
      node = { kind: "conditional", test, then: node, otherwise };
    }
    return node;
  }

  #or(): Expression {
    return this.#leftToRight(() => this.#and(), () => this.#tokens.isName("or"));
  }

  #and(): Expression {
    return this.#leftToRight(() => this.#not(), () => this.#tokens.isName("and"));
  }

  #not(): Expression {
    if (!this.#tokens.skipName("not")) return this.#compare();
    return { kind: "not", operand: this.#tokens.nested(() => this.#not()) };
  }

  #compare(): Expression {
    const first = this.#sum();
    const rest: [string, Expression][] = [];
    for (;;) {
      const operator = this.#comparison();
      if (operator === undefined) break;
      rest.push([operator, this.#sum()]);
    }
    return rest.length === 0 ? first : { kind: "compare", first, rest };
  }

  #comparison(): string | undefined {
    const tokens = this.#tokens;
    if (tokens.is("==", "!=", "<", "<=", ">", ">=")) return tokens.next().type;
    if (tokens.skipName("in")) return "in";
    const { type, value } = tokens.following;
    if (!tokens.isName("not") || type !== "name" || value !== "in") return undefined;
    tokens.next();
    tokens.next();
    return "not in";
  }

  #sum(): Expression {
    return this.#leftToRight(() => this.#concat(), () => this.#tokens.is("+", "-"));
  }

  #concat(): Expression {
    const parts = [this.#product()];
    while (this.#tokens.skip("~")) parts.push(this.#product());
    return parts.length === 1 ? parts[0]! : { kind: "concat", parts };
  }

  #product(): Expression {
    return this.#leftToRight(() => this.#power(), () => this.#tokens.is("*", "/", "//", "%"));
  }

  #power(): Expression {
    return this.#leftToRight(() => this.#unary(), () => this.#tokens.is("**"));
  }

  /** Operands joined by operators, of which the first binds first. */
  #leftToRight(operand: () => Expression, joins: () => boolean): Expression {
    let left = operand();
    while (joins()) {
      const operator = this.#tokens.next().value;
      left = { kind: "binary", operator, left, right: operand() };
    }
    return left;
  }

  #unary({ filtered = true } = {}): Expression {
    const tokens = this.#tokens;
    const { type } = tokens.current;
    let node: Expression;
    if (type === "-" || type === "+") {
      tokens.next();
      const operand = tokens.nested(() => this.#unary({ filtered: false }));
      node = { kind: "sign", operator: type, operand };
    } else node = this.primary();
    node = this.#postfix(node);
    return filtered ? this.#filtersAndTests(node) : node;
  }

  #postfix(start: Expression): Expression {
    const tokens = this.#tokens;
    let node = start;
    for (;;) {
      if (tokens.skip(".")) node = this.#attribute(node);
      else if (tokens.is("[")) node = { kind: "item", object: node, key: this.#key() };
      else if (tokens.is("(")) node = this.#call(node);
      else return node;
    }
  }

  #filtersAndTests(start: Expression): Expression {
    const tokens = this.#tokens;
    let node = start;
    for (;;) {
      if (tokens.is("|")) node = this.filters(node)!;
      else if (tokens.skipName("is")) node = this.#test(node);
      else if (tokens.is("(")) node = this.#call(node);
      else return node;
    }
  }

  #call(callee: Expression): CallNode {
    return { kind: "call", callee, given: this.arguments() };
  }

  #attribute(object: Expression): Expression {
    const tokens = this.#tokens;
    const { type, value } = tokens.next();
    if (type === "name") return { kind: "attribute", object, name: value };
    if (type !== "integer") throw tokens.wrong("expected name or number");
    return { kind: "item", object, key: { kind: "constant", value: BigInt(value) } };
  }

  #key(): Expression {
    const keys = this.#items("[", "]", () => this.#subscript());
    return keys.length === 1 ? keys[0]! : { kind: "tuple", items: keys };
  }

  #subscript(): Expression {
    const tokens = this.#tokens;
    const start = tokens.is(":") ? undefined : this.expression();
    if (!tokens.skip(":")) return start!;
    const bounds = [start, this.#bound()];
    if (tokens.skip(":")) bounds.push(this.#bound());
    return { kind: "slice", bounds } satisfies SliceNode;
  }

  #bound(): Expression | undefined {
    return this.#tokens.is(":", "]", ",") ? undefined : this.expression();
  }

  #test(operand: Expression): Expression {
    const tokens = this.#tokens;
    const negated = tokens.skipName("not");
    const name = this.#dottedName();
    const test: Expression = { kind: "test", operand, name, given: this.#testArguments() };
    return negated ? { kind: "not", operand: test } : test;
  }

  /** A test may have one argument without parentheses. */
  #testArguments(): ArgumentNodes {
    const tokens = this.#tokens;
    if (tokens.is("(")) return this.arguments();
    if (!tokens.is("name", "string", "integer", "float", "[", "{")) return noArguments;
    if (tokens.isName("else", "or", "and")) return noArguments;
    if (tokens.isName("is")) throw tokens.wrong("You cannot chain multiple tests with is");
    return { ...noArguments, positional: [this.#postfix(this.primary())] };
  }

  #dottedName(): string {
    let { value } = this.#tokens.expect("name");
    while (this.#tokens.skip(".")) value += `.${this.#tokens.expect("name").value}`;
    return value;
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
    const node = this.tuple(undefined, { empty: true });
    this.#tokens.expect(")");
    return node;
  }

  #items(open: string, close: string, read = () => this.expression()): Expression[] {
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
    this.#items("{", "}", () => {
      const key = this.expression();
      this.#tokens.expect(":");
      pairs.push([key, this.expression()]);
      return key;
    });
    return { kind: "dict", pairs };
  }
}

const noArguments: ArgumentNodes = {
  positional: [],
  named: [],
  spread: undefined,
  spreadNamed: undefined,
};

/** Jinja spells each of its constants in two ways. */
const constants = new Map<string, boolean | null>([
  ["true", true],
  ["True", true],
  ["false", false],
  ["False", false],
  ["none", null],
  ["None", null],
]);
