/**
 * Evaluates expressions.
 *
 * @module
 */

import { operate, withSign } from "./arithmetic.ts";
import { getAttribute, getItem } from "./attributes.ts";
import type { Budget } from "./budget.ts";
import { contains, equals, ordered } from "./compare.ts";
import { EngineFailure, PythonFailure, typeError } from "./failure.ts";
import { filters, foreignFilters, type Toolbox } from "./filters.ts";
import type { ArgumentNodes, CallNode, Expression, FilterNode, TestNode } from "./nodes.ts";
import { textFor } from "./python_text.ts";
import type { Scope } from "./scope.ts";
import { iterate, sliced } from "./sequences.ts";
import { tests } from "./tests.ts";
import {
  type Arguments,
  Callable,
  Dict,
  Host,
  isTrue,
  textOf,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from "./values.ts";

/** Evaluates expressions within one rendering. */
export class Evaluator implements Toolbox {
  readonly budget: Budget;

  constructor(budget: Budget) {
    this.budget = budget;
  }

  /** The value of an expression. */
  evaluate(node: Expression, scope: Scope): Value {
    this.budget.step();
    switch (node.kind) {
      case "constant":
        return node.value;
      case "name":
        return scope.read(node.name);
      case "attribute":
        return getAttribute(this.evaluate(node.object, scope), node.name, this.budget);
      case "item":
        return this.#item(node, scope);
      case "call":
        return this.call(node, scope);
      case "filter":
        return this.filtered(this.evaluate(node.operand!, scope), node, scope);
      case "test":
        return this.#tested(node, scope);
      case "tuple":
        return new Tuple(node.items.map((item) => this.evaluate(item, scope)));
      case "list":
        return node.items.map((item) => this.evaluate(item, scope));
      default:
        return this.#operation(node, scope);
    }
  }

  /** Whether an expression is true. */
  holds(node: Expression, scope: Scope): boolean {
    return isTrue(this.evaluate(node, scope));
  }

  /** A value, or the text of a block, through a filter. */
  filtered(value: Value, { name, given }: FilterNode, scope: Scope): Value {
    return this.filter(name, value, this.#arguments(given, scope));
  }

  /** A call, with more named arguments than are written. */
  call({ callee, given }: CallNode, scope: Scope, more: readonly [string, Value][] = []): Value {
    const called = this.evaluate(callee, scope);
    const written = this.#arguments(given, scope);
    const named = new Map([...written.named, ...more]);
    return this.#apply(called, { positional: written.positional, named });
  }

  /** A value through a filter. Jinja's filters that are not known here fail by name. */
  filter(name: string, value: Value, given: Arguments): Value {
    const filter = filters.get(name);
    if (filter !== undefined) return filter(value, given, this);
    if (foreignFilters.has(name)) throw new EngineFailure(`the filter '${name}' is not known`);
    throw new PythonFailure("TemplateRuntimeError", `No filter named '${name}'.`);
  }

  /** Whether a test holds for a value. */
  test(name: string, value: Value, given: Arguments): boolean {
    const test = tests.get(name);
    if (test !== undefined) return test(value, given, this);
    throw new PythonFailure("TemplateRuntimeError", `No test named '${name}'.`);
  }

  /** Calls a function, a macro or an object that can be called. */
  #apply(called: Value, given: Arguments): Value {
    if (called instanceof Callable) return called.call(given);
    if (called instanceof Undefined) throw called.fail();
    if (called instanceof Host && called.call !== undefined) {
      return this.budget.nested(() => called.call!(given));
    }
    throw typeError(`'${typeName(called)}' object is not callable`);
  }

  /** Operators, and what is made of several values. */
  #operation(node: Expression, scope: Scope): Value {
    switch (node.kind) {
      case "dict":
        return new Dict(
          node.pairs.map(([key, value]) =>
            [this.evaluate(key, scope), this.evaluate(value, scope)] as const
          ),
        );
      case "binary":
        return this.#binary(node, scope);
      case "sign":
        return withSign(node.operator, this.evaluate(node.operand, scope));
      case "not":
        return !this.holds(node.operand, scope);
      case "compare":
        return this.#compared(node, scope);
      case "concat":
        return this.#concatenated(node.parts, scope);
      case "conditional":
        if (this.holds(node.test, scope)) return this.evaluate(node.then, scope);
        if (node.otherwise !== undefined) return this.evaluate(node.otherwise, scope);
        return new Undefined(
          "the inline if-expression evaluated to false and no else section was defined.",
        );
      case "slice":
        throw new EngineFailure("a slice beside another key is not known");
      default:
        throw new TypeError(`Cannot evaluate a node of kind ${node.kind}`);
    }
  }

  /** `object[key]`, or a part of the object. */
  #item({ object, key }: Extract<Expression, { kind: "item" }>, scope: Scope): Value {
    const value = this.evaluate(object, scope);
    if (key.kind !== "slice") return getItem(value, this.evaluate(key, scope), this.budget);
    const bounds = key.bounds.map((bound) =>
      bound === undefined ? null : this.evaluate(bound, scope)
    );
    const part = sliced(value, bounds);
    if (Array.isArray(part)) this.budget.makeItems(part.length);
    else this.budget.make(textOf(part)?.length ?? 0);
    return part;
  }

  /** `and` and `or` give one of their operands, and leave the second alone where they can. */
  #binary(
    { operator, left, right }: Extract<Expression, { kind: "binary" }>,
    scope: Scope,
  ): Value {
    const first = this.evaluate(left, scope);
    if (operator === "and") return isTrue(first) ? this.evaluate(right, scope) : first;
    if (operator === "or") return isTrue(first) ? first : this.evaluate(right, scope);
    return operate(operator, [first, this.evaluate(right, scope)], this.budget);
  }

  /** `a < b < c` asks about neighbours, and stops at the first that is false. */
  #compared({ first, rest }: Extract<Expression, { kind: "compare" }>, scope: Scope): Value {
    let left = this.evaluate(first, scope);
    for (const [operator, operand] of rest) {
      const right = this.evaluate(operand, scope);
      if (!compares(left, operator, right)) return false;
      left = right;
    }
    return true;
  }

  /** `a ~ b`: the texts of all values. */
  #concatenated(nodes: readonly Expression[], scope: Scope): Value {
    const parts = nodes.map((part) => textFor(this.evaluate(part, scope)));
    this.budget.make(parts.reduce((sum, part) => sum + part.length, 0));
    return parts.join("");
  }

  /** `x is name(...)` */
  #tested({ operand, name, given }: TestNode, scope: Scope): Value {
    const value = this.evaluate(operand, scope);
    return this.test(name, value, this.#arguments(given, scope));
  }

  /** The arguments of a call with those that `*` and `**` add. */
  #arguments({ positional, named, spread, spreadNamed }: ArgumentNodes, scope: Scope): Arguments {
    const values = positional.map((argument) => this.evaluate(argument, scope));
    if (spread !== undefined) values.push(...iterate(this.evaluate(spread, scope)));
    const names = new Map(named.map(([name, value]) => [name, this.evaluate(value, scope)]));
    if (spreadNamed === undefined) return { positional: values, named: names };
    const more = this.evaluate(spreadNamed, scope);
    if (!(more instanceof Dict)) throw typeError("argument after ** must be a mapping");
    for (const [key, value] of more.entries()) {
      const name = textOf(key);
      if (name === undefined) throw typeError("keywords must be strings");
      if (names.has(name)) throw typeError(`got multiple values for keyword argument '${name}'`);
      names.set(name, value);
    }
    return { positional: values, named: names };
  }
}

/** One comparison. */
function compares(left: Value, operator: string, right: Value): boolean {
  switch (operator) {
    case "==":
      return equals(left, right);
    case "!=":
      return !equals(left, right);
    case "in":
      return contains(right, left);
    case "not in":
      return !contains(right, left);
    default:
      return ordered(left, operator, right);
  }
}
