/**
 * Executes the statements of a template.
 *
 * @module
 */

import type { Budget } from "./budget.ts";
import { Evaluator } from "./evaluate.ts";
import { PythonFailure, typeError } from "./failure.ts";
import { Namespace } from "./globals.ts";
import { Loop } from "./loop.ts";
import { Macro } from "./macro.ts";
import type {
  Block,
  CallBlockNode,
  Expression,
  FilterNode,
  ForNode,
  ScopeNode,
  SetBlockNode,
  Signature,
  Statement,
} from "./nodes.ts";
import { textFor } from "./python_text.ts";
import type { Scope } from "./scope.ts";
import { iterate, lengthOf } from "./sequences.ts";
import { typeName, Undefined, type Value } from "./values.ts";

/** How a block ended: at its end, or by leaving its loop or this round of it. */
type End = "done" | "break" | "continue";

/** Executes statements within one rendering. */
export class Executor {
  readonly #budget: Budget;
  readonly #expressions: Evaluator;
  /** What has been written, and blocks whose text goes elsewhere first. */
  readonly #pages: string[][] = [[]];

  constructor(budget: Budget) {
    this.#budget = budget;
    this.#expressions = new Evaluator(budget);
  }

  /** The text of a template. */
  render(body: Block, scope: Scope): string {
    return this.#captured(() => this.#block(body, scope)).text;
  }

  /** Statements in their order, up to one that leaves the block. */
  #block(body: Block, scope: Scope): End {
    for (const statement of body) {
      const end = this.#execute(statement, scope);
      if (end !== "done") return end;
    }
    return "done";
  }

  /** One statement. */
  #execute(statement: Statement, scope: Scope): End {
    this.#budget.step();
    switch (statement.kind) {
      case "text":
        return this.#write(statement.text);
      case "print":
        return this.#write(textFor(this.#expressions.evaluate(statement.value, scope)));
      case "if":
        return this.#if(statement, scope);
      case "for":
        return this.#for(statement, scope);
      case "set":
        return this.#assign(statement, scope);
      case "set_block":
        return this.#setBlock(statement, scope);
      case "macro":
        scope.assign(statement.name, this.#macro(statement.name, statement, scope));
        return "done";
      case "call_block":
        return this.#callBlock(statement, scope);
      case "scope":
        return this.#scope(statement, scope);
      default:
        return statement.kind;
    }
  }

  /** Text to where the current block writes. */
  #write(text: string): End {
    this.#budget.write(text.length);
    this.#pages.at(-1)!.push(text);
    return "done";
  }

  /** What a block writes, which goes nowhere yet. */
  #captured(run: () => End): { text: string; end: End } {
    this.#pages.push([]);
    const end = run();
    return { text: this.#pages.pop()!.join(""), end };
  }

  #if({ branches, otherwise }: Extract<Statement, { kind: "if" }>, scope: Scope): End {
    const taken = branches.find(({ test }) => this.#expressions.holds(test, scope));
    return this.#block(taken?.body ?? otherwise, scope);
  }

  /** A loop; one that calls itself is a function that returns what it writes. */
  #for(node: ForNode, scope: Scope): End {
    const items = this.#expressions.evaluate(node.iterable, scope);
    if (!node.recursive) return this.#loop(node, { scope, items, depth: 0 });
    return this.#write(this.#rounds(node, { scope, items, depth: 0 }));
  }

  /** A recursive loop, which may be called for the items of an item. */
  #rounds(node: ForNode, rounds: Rounds): string {
    return this.#captured(() => this.#loop(node, rounds)).text;
  }

  #loop(node: ForNode, { scope, items, depth }: Rounds): End {
    const loop = new Loop({
      items: this.#chosen(node, items, scope),
      length: node.test === undefined ? lengthOf(items) : undefined,
      depth,
      again: node.recursive
        ? ({ positional: [inner = null] }, depth) =>
          this.#rounds(node, { scope, items: inner, depth })
        : undefined,
    });
    let entered = false;
    for (let item = loop.next(); item !== undefined; item = loop.next()) {
      this.#budget.step();
      const round = scope.inner(node.names!.body);
      round.assign("loop", loop);
      this.#give(node.target, item, round);
      const end = this.#block(node.body, round);
      if (end === "break") break;
      // As in Jinja, whose mark stands at the end of the body, which break and continue do not reach.
      if (end === "done") entered = true;
    }
    return entered ? "done" : this.#block(node.otherwise, scope.inner(node.names!.otherwise));
  }

  /** The items that a loop goes over, tested one by one as they come. */
  #chosen({ test, target, names }: ForNode, items: Value, scope: Scope): Iterator<Value> {
    const all = iterate(items);
    if (test === undefined) return all[Symbol.iterator]();
    const choose = function* (executor: Executor): Generator<Value> {
      for (const item of all) {
        executor.#budget.step();
        const round = scope.inner(names!.test);
        executor.#give(target, item, round);
        if (executor.#expressions.holds(test, round)) yield item;
      }
    };
    return choose(this);
  }

  #assign({ target, value }: Extract<Statement, { kind: "set" }>, scope: Scope): End {
    requireNamespaces(target, scope);
    this.#give(target, this.#expressions.evaluate(value, scope), scope);
    return "done";
  }

  /** An assignment of what a block writes; one that is left assigns nothing. */
  #setBlock({ target, filter, body, names }: SetBlockNode, scope: Scope): End {
    const inner = scope.inner(names!);
    const { text, end } = this.#captured(() => this.#block(body, inner));
    if (end !== "done") return end;
    requireNamespaces(target, scope);
    this.#give(target, this.#through(filter, text, inner), scope);
    return "done";
  }

  /** A scope of its own, whose values are those of the scope around. */
  #scope({ targets, values, filter, body, names }: ScopeNode, scope: Scope): End {
    const inner = scope.inner(names!);
    targets.forEach((target, at) =>
      this.#give(target, this.#expressions.evaluate(values[at]!, scope), inner)
    );
    if (filter === undefined) return this.#block(body, inner);
    const { text, end } = this.#captured(() => this.#block(body, inner));
    return end === "done" ? this.#write(textFor(this.#through(filter, text, inner))) : end;
  }

  /** The text of a block through its filters, of which the first filters the text itself. */
  #through(filter: Expression | undefined, text: string, scope: Scope): Value {
    if (filter === undefined) return text;
    const { operand } = filter as FilterNode;
    const value = this.#through(operand, text, scope);
    return this.#expressions.filtered(value, filter as FilterNode, scope);
  }

  /** Calls a macro that may call the block. */
  #callBlock(node: CallBlockNode, scope: Scope): End {
    const caller = this.#macro(null, node, scope);
    return this.#write(textFor(this.#expressions.call(node.call, scope, [["caller", caller]])));
  }

  /** A macro knows the names around it as they are when it is called. */
  #macro(name: string | null, { parameters, defaults, body, ...found }: Signature, scope: Scope) {
    const names = parameters.map(({ name }) => name);
    return new Macro({
      name,
      parameters: names,
      special: found.special!,
      run: (given) => {
        const inner = scope.inner(found.names!);
        given.forEach((value, name) => inner.assign(name, value));
        names.forEach((name, at) => {
          if (given.has(name)) return;
          const preset = defaults[at - names.length + defaults.length];
          const absent = () => new Undefined(`parameter '${name}' was not provided`);
          const value = preset === undefined ? absent() : this.#expressions.evaluate(preset, inner);
          inner.assign(name, value);
        });
        return this.#captured(() => this.#block(body, inner)).text;
      },
    });
  }

  /** Gives a value to a target, or its items to the targets of a tuple. */
  #give(target: Expression, value: Value, scope: Scope): void {
    if (target.kind === "name") scope.assign(target.name, value);
    else if (target.kind === "tuple") this.#unpack(target.items, value, scope);
    else if (target.kind === "member") {
      const namespace = scope.read(target.name);
      if (namespace instanceof Namespace) namespace.set(target.attribute, value);
    }
  }

  #unpack(targets: readonly Expression[], value: Value, scope: Scope): void {
    const items = [...unpacked(value)];
    if (items.length !== targets.length) {
      const [few, want] = [items.length < targets.length, targets.length];
      throw new PythonFailure(
        "ValueError",
        few
          ? `not enough values to unpack (expected ${want}, got ${items.length})`
          : `too many values to unpack (expected ${want})`,
      );
    }
    targets.forEach((target, at) => this.#give(target, items[at]!, scope));
  }
}

/** What a loop runs over, and where. */
interface Rounds {
  readonly scope: Scope;
  readonly items: Value;
  readonly depth: number;
}

/** The items of what is unpacked, whose error has words of its own in Python. */
function unpacked(value: Value): Iterable<Value> {
  try {
    return iterate(value);
  } catch (failure) {
    if (!(failure instanceof PythonFailure)) throw failure;
    throw typeError(`cannot unpack non-iterable ${typeName(value)} object`);
  }
}

/** Only namespaces let their attributes be set. */
function requireNamespaces(target: Expression, scope: Scope): void {
  if (target.kind === "tuple") {
    target.items.forEach((item) => requireNamespaces(item, scope));
  } else if (target.kind === "member" && !(scope.read(target.name) instanceof Namespace)) {
    throw new PythonFailure(
      "TemplateRuntimeError",
      "cannot assign attribute on non-namespace object",
    );
  }
}
