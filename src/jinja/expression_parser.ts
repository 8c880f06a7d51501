/**
 * Parses expressions, in Jinja's order of precedence: from the conditional expression, which binds least,
 * down to literals.
 *
 * @module
 */

import type { ArgumentNodes, CallNode, Expression, FilterNode, SliceNode } from "./nodes.ts";
import { PrimaryParser } from "./primary_parser.ts";
import type { TokenStream } from "./token_stream.ts";

/** Reads expressions off a stream of tokens. */
export class ExpressionParser {
  readonly #tokens: TokenStream;
  readonly #primaries: PrimaryParser;

  constructor(tokens: TokenStream) {
    this.#tokens = tokens;
    this.#primaries = new PrimaryParser(tokens, {
      expression: () => this.expression(),
      tuple: () => this.tuple(undefined, { empty: true }),
    });
  }

  /** A target of an assignment; `members` allows `namespace.attribute`. */
  target(members: boolean): Expression {
    return this.#primaries.primary({ targets: members });
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

  /** Comparisons may be chained, as in `1 < x <= 3`. */
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

  /** The operator of a comparison, passed; undefined where there is none. */
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
    } else node = this.#primaries.primary();
    node = this.#postfix(node);
    return filtered ? this.#filtersAndTests(node) : node;
  }

  /** Attributes, subscripts and calls behind an expression. */
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

  /** Filters and tests, which bind less than a sign before the expression. */
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

  /** `a.b`, and `a.0` for `a[0]`. */
  #attribute(object: Expression): Expression {
    const tokens = this.#tokens;
    const { type, value } = tokens.next();
    if (type === "name") return { kind: "attribute", object, name: value };
    if (type !== "integer") throw tokens.wrong("expected name or number");
    return { kind: "item", object, key: { kind: "constant", value: BigInt(value) } };
  }

  /** What stands in square brackets behind an expression. */
  #key(): Expression {
    const keys = this.#primaries.items("[", "]", () => this.#subscript());
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

  /** A bound of a slice, which may be left out. */
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
    return { ...noArguments, positional: [this.#postfix(this.#primaries.primary())] };
  }

  #dottedName(): string {
    let { value } = this.#tokens.expect("name");
    while (this.#tokens.skip(".")) value += `.${this.#tokens.expect("name").value}`;
    return value;
  }
}

const noArguments: ArgumentNodes = {
  positional: [],
  named: [],
  spread: undefined,
  spreadNamed: undefined,
};
