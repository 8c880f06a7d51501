/**
 * Parses the statements of a template.
 *
 * @module
 */

import { EngineFailure } from "./failure.ts";
import { ExpressionParser } from "./expression_parser.ts";
import { tokenize } from "./lexer.ts";
import { resolveNames } from "./names.ts";
import { expectKnown } from "./known_filters.ts";
import type { Block, Branch, CallNode, Expression, Name, Signature, Statement } from "./nodes.ts";
import type { Names } from "./names.ts";
import { TokenStream } from "./token_stream.ts";

/** A template, parsed. */
export interface TemplateTree {
  readonly body: Block;
  readonly names: Names;
}

/**
 * @throws {TemplateFailure} a syntax failure where Jinja has one too, an engine failure where the
 * template uses what chat templates have no use for, such as inheritance
 */
export function parseTemplate(source: string): TemplateTree {
  const body = new StatementParser(new TokenStream(tokenize(source))).template();
  expectKnown(body);
  return { body, names: resolveNames(body) };
}

class StatementParser {
  readonly #tokens: TokenStream;
  readonly #expressions: ExpressionParser;
  /** The loops around the current statement within the same function; macros are functions. */
  #loops = 0;
  /** The loops around it in all: none lets its variable be assigned, wherever in it. */
  #around = 0;

  constructor(tokens: TokenStream) {
    this.#tokens = tokens;
    this.#expressions = new ExpressionParser(tokens);
  }

  template(): Block {
    const body = this.#statements([]);
    if (!this.#tokens.is("eof")) throw this.#tokens.wrong("unexpected end of a block");
    return body;
  }

  /** Statements up to one of these tags, whose name is current then; up to the end without any. */
  #statements(ends: readonly string[]): Block {
    const tokens = this.#tokens;
    const body: Statement[] = [];
    while (!tokens.is("eof")) {
      const { type, value } = tokens.next();
      if (type === "data") body.push({ kind: "text", text: value });
      else if (type === "{{") {
        body.push({ kind: "print", value: this.#expressions.tuple() });
        tokens.expect("}}");
      } else {
        if (tokens.isName(...ends)) return body;
        body.push(...tokens.nested(() => this.#statement()));
        tokens.expect("%}");
      }
    }
    if (ends.length > 0) throw tokens.wrong(`Unexpected end of template, expected ${ends.join()}`);
    return body;
  }

  /** The body behind a tag that ends here, up to one of these tags. */
  #body(...ends: readonly string[]): Block {
    this.#tokens.skip(":");
    this.#tokens.expect("%}");
    return this.#statements(ends);
  }

  /** A body with its last tag, behind whose name the parser stands then. */
  #closedBody(end: string): Block {
    const body = this.#body(end);
    this.#tokens.next();
    return body;
  }

  /** The body of what is a function in Python, where a loop around it cannot be left. */
  #functionBody(end: string): Block {
    const loops = this.#loops;
    this.#loops = 0;
    const body = this.#closedBody(end);
    this.#loops = loops;
    return body;
  }

  #statement(): Statement[] {
    const { value: tag } = this.#tokens.expect("name");
    const parse = Object.hasOwn(this.#tags, tag) ? this.#tags[tag] : undefined;
    if (parse !== undefined) return [parse()].flat();
    if (foreignTags.has(tag)) throw new EngineFailure(`the tag '${tag}' is not known`);
    throw this.#tokens.wrong(`Encountered unknown tag '${tag}'`);
  }

  readonly #tags: Readonly<Record<string, () => Statement | Statement[]>> = {
    for: () => this.#for(),
    if: () => this.#if(),
    set: () => this.#set(),
    macro: () => this.#macro(),
    call: () => this.#callBlock(),
    filter: () => this.#filterBlock(),
    with: () => this.#with(),
    print: () => this.#print(),
    generation: () => scope({ body: this.#functionBody("endgeneration") }),
    break: () => this.#leave("break"),
    continue: () => this.#leave("continue"),
  };

  /** `break` and `continue` */
  #leave(kind: "break" | "continue"): Statement {
    if (this.#loops === 0) throw this.#tokens.wrong(`'${kind}' not properly in loop`);
    return { kind };
  }

  #for(): Statement {
    const tokens = this.#tokens;
    this.#around++;
    const target = this.#target({ end: "in" });
    tokens.expectName("in");
    const unconditional = () => this.#expressions.unconditional();
    const iterable = this.#expressions.tuple(unconditional, { end: "recursive" });
    const test = tokens.skipName("if") ? this.#expressions.expression() : undefined;
    const recursive = tokens.skipName("recursive");
    const loops = recursive ? 0 : this.#loops;
    const outer = this.#loops;
    this.#loops = loops + 1;
    const body = this.#body("endfor", "else");
    this.#loops = loops;
    const otherwise = tokens.next().value === "else" ? this.#closedBody("endfor") : [];
    this.#loops = outer;
    this.#around--;
    return { kind: "for", target, iterable, test, recursive, body, otherwise };
  }

  /** `if` with its `elif`s, as conditions of which the first that holds decides. */
  #if(): Statement {
    const branches: Branch[] = [];
    const unconditional = () => this.#expressions.unconditional();
    for (;;) {
      const test = this.#expressions.tuple(unconditional);
      branches.push({ test, body: this.#body("elif", "else", "endif") });
      const { value } = this.#tokens.next();
      if (value === "elif") continue;
      const otherwise = value === "else" ? this.#closedBody("endif") : [];
      return { kind: "if", branches, otherwise };
    }
  }

  /** `set x = 1`, or `set x` with a block. */
  #set(): Statement {
    const target = this.#target({ members: true });
    if (this.#tokens.skip("=")) {
      return { kind: "set", target, value: this.#expressions.tuple() };
    }
    const filter = this.#expressions.filters(undefined);
    return { kind: "set_block", target, filter, body: this.#closedBody("endset") };
  }

  #macro(): Statement {
    const { value: name } = this.#tokens.expect("name");
    requireAssignable({ kind: "name", name }, this.#tokens);
    const signature = this.#signature();
    return { kind: "macro", name, ...signature, body: this.#functionBody("endmacro") };
  }

  #callBlock(): Statement {
    const signature = this.#tokens.is("(") ? this.#signature() : { parameters: [], defaults: [] };
    const call = this.#expressions.expression();
    if (call.kind !== "call") throw this.#tokens.wrong("expected call");
    const body = this.#functionBody("endcall");
    return { kind: "call_block", ...signature, call: call satisfies CallNode, body };
  }

  /** The parameters of a macro or of the block of a call. */
  #signature(): Pick<Signature, "parameters" | "defaults"> {
    const tokens = this.#tokens;
    const parameters: Name[] = [];
    const defaults: Expression[] = [];
    tokens.expect("(");
    while (!tokens.is(")")) {
      if (parameters.length > 0) tokens.expect(",");
      const parameter: Name = { kind: "name", name: tokens.expect("name").value };
      requireAssignable(parameter, tokens);
      parameters.push(parameter);
      if (tokens.skip("=")) defaults.push(this.#expressions.expression());
      else if (defaults.length > 0) {
        throw tokens.wrong("non-default argument follows default argument");
      }
    }
    tokens.next();
    return { parameters, defaults };
  }

  #filterBlock(): Statement {
    const filter = this.#expressions.filters(undefined, { first: true });
    return scope({ filter, body: this.#closedBody("endfilter") });
  }

  #with(): Statement {
    const tokens = this.#tokens;
    const targets: Expression[] = [];
    const values: Expression[] = [];
    while (!tokens.is("%}")) {
      if (targets.length > 0) tokens.expect(",");
      targets.push(this.#target());
      tokens.expect("=");
      values.push(this.#expressions.expression());
    }
    return scope({ targets, values, body: this.#closedBody("endwith") });
  }

  #print(): Statement[] {
    const prints: Statement[] = [];
    while (!this.#tokens.is("%}")) {
      if (prints.length > 0) this.#tokens.expect(",");
      prints.push({ kind: "print", value: this.#expressions.expression() });
    }
    return prints;
  }

  /** What is assigned: names, or members of namespaces where `set` assigns. */
  #target({ end, members = false }: { end?: string; members?: boolean } = {}): Expression {
    const read = () => this.#expressions.target(members);
    const target = this.#expressions.tuple(read, end === undefined ? {} : { end });
    requireAssignable(target, this.#tokens);
    if ((members || end !== undefined) && this.#around > 0 && namesIn(target).includes("loop")) {
      throw this.#tokens.wrong("Can't assign to special loop variable in for-loop target");
    }
    return target;
  }
}

/** What Jinja knows and no chat template can use: other files, inheritance, escaping. */
const foreignTags = new Set(["extends", "include", "import", "from", "block", "autoescape"]);

/** A statement that does no more than open a scope. */
function scope(
  { targets = [], values = [], filter, body }: {
    targets?: readonly Expression[];
    values?: readonly Expression[];
    filter?: Expression | undefined;
    body: Block;
  },
): Statement {
  return { kind: "scope", targets, values, filter, body };
}

/** Only names, and members of namespaces, can be assigned; constants are no names. */
function requireAssignable(target: Expression, tokens: TokenStream): void {
  if (target.kind === "tuple") {
    return target.items.forEach((item) => requireAssignable(item, tokens));
  }
  const reserved = target.kind === "name" &&
    /^(true|false|none|True|False|None)$/.test(target.name);
  if (reserved || (target.kind !== "name" && target.kind !== "member")) {
    throw tokens.wrong(`can't assign to '${reserved ? target.name : target.kind}'`);
  }
}

/** The names that a target assigns. */
function namesIn(target: Expression): string[] {
  if (target.kind === "tuple") return target.items.flatMap(namesIn);
  return target.kind === "name" ? [target.name] : [];
}
