/**
 * Values: what a template computes with, as Python knows it.
 *
 * Whole numbers are bigints and floats are numbers, so that `1` and `1.0` stay what they are; none is null;
 * lists are arrays, which no template may change. Everything else has a class here.
 *
 * @module
 */

import { PythonFailure, typeError } from "./failure.ts";

/** Anything that a template can hold. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | readonly Value[]
  | Tuple
  | Dict
  | Range
  | View
  | Lazy
  | Undefined
  | Markup
  | Callable
  | Host;

/** A tuple. */
export class Tuple {
  constructor(readonly items: readonly Value[]) {}
}

/** A value that is not there: prints nothing, is false and empty, and fails at anything else. */
export class Undefined {
  constructor(readonly reason: string, readonly unsafe = false) {}

  fail(): PythonFailure {
    return new PythonFailure(this.unsafe ? "SecurityError" : "UndefinedError", this.reason);
  }
}

/** A text that counts as escaped HTML, which `safe` makes: what is added to it is escaped. */
export class Markup {
  constructor(readonly text: string) {}
}

/** Numbers at equal distances. */
export class Range {
  readonly length: number;

  constructor(readonly start: bigint, readonly stop: bigint, readonly step: bigint) {
    const distance = step > 0n ? stop - start : start - stop;
    const size = step > 0n ? step : -step;
    this.length = distance > 0n ? Number((distance + size - 1n) / size) : 0;
  }

  at(index: number): bigint {
    return this.start + BigInt(index) * this.step;
  }
}

/** What can be iterated once: the result of `map`, `select`, `reverse` and the like. */
export class Lazy {
  constructor(readonly items: Iterator<Value>, readonly name = "generator") {}
}

/** The keys, values or items of a dict. */
export class View {
  constructor(readonly dict: Dict, readonly part: "keys" | "values" | "items") {}

  *[Symbol.iterator](): Iterator<Value> {
    for (const [key, value] of this.dict.entries()) {
      yield this.part === "keys" ? key : this.part === "values" ? value : new Tuple([key, value]);
    }
  }
}

/** What stands in the parentheses of a call, evaluated. */
export interface Arguments {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

/** A function: a method of a value, a macro, or one of the environment's own. */
export class Callable {
  constructor(readonly name: string, readonly call: (given: Arguments) => Value) {}
}

/** An object with attributes of its own: a namespace, the variable `loop`, a cycler. */
export abstract class Host {
  abstract readonly typeName: string;
  /** An attribute, undefined (JavaScript's) where it has none of this name. */
  abstract attribute(name: string): Value | undefined;
  /** What Python prints, where that is the same at every run. */
  print?(): string;
  /** Called as a function, where it is one. */
  call?(given: Arguments): Value;
}

/** A dict, which keeps the order of its keys. `1`, `1.0` and `True` are one key. */
export class Dict {
  readonly #entries = new Map<string, readonly [Value, Value]>();

  /** @throws {PythonFailure} where a key cannot be one, such as a list */
  constructor(pairs: Iterable<readonly [Value, Value]> = []) {
    for (const [key, value] of pairs) this.#set(key, value);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The value of a key, undefined (JavaScript's) where there is none. */
  get(key: Value): Value | undefined {
    return this.#entries.get(hashed(key))?.[1];
  }

  entries(): IterableIterator<readonly [Value, Value]> {
    return this.#entries.values();
  }

  #set(key: Value, value: Value): void {
    const hash = hashed(key);
    // A key that is there already stays as it was first written.
    this.#entries.set(hash, [this.#entries.get(hash)?.[0] ?? key, value]);
  }
}

/** A text that two keys share if and only if Python holds them for equal. */
export function hashed(key: Value): string {
  if (typeof key === "string") return `s${key}`;
  if (key instanceof Markup) return `s${key.text}`;
  if (typeof key === "boolean") return key ? "n1" : "n0";
  if (typeof key === "bigint") return `n${key}`;
  if (typeof key === "number") return `n${Number.isInteger(key) ? BigInt(key) : key}`;
  if (key === null) return "none";
  if (key instanceof Tuple) return `(${key.items.map((item) => JSON.stringify(hashed(item)))})`;
  if (key instanceof Undefined) return "undefined";
  if (key instanceof Range) {
    const { length, start, step } = key;
    return `r${length}${length > 0 ? `,${start}` : ""}${length > 1 ? `,${step}` : ""}`;
  }
  throw typeError(`unhashable type: '${typeName(key)}'`);
}

/** The text of a string or a markup, undefined for anything else. */
export function textOf(value: Value): string | undefined {
  if (typeof value === "string") return value;
  return value instanceof Markup ? value.text : undefined;
}

/** The items of a list or a tuple, undefined for anything else. */
export function itemsOf(value: Value): readonly Value[] | undefined {
  if (isList(value)) return value;
  return value instanceof Tuple ? value.items : undefined;
}

/** Whether a value is a list. */
export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** A whole number for arithmetic, which booleans are too; undefined for anything else. */
export function integerOf(value: Value): bigint | undefined {
  if (typeof value === "boolean") return value ? 1n : 0n;
  return typeof value === "bigint" ? value : undefined;
}

/** The name of Python's type. */
export function typeName(value: Value): string {
  if (value === null) return "NoneType";
  if (isList(value)) return "list";
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return "float";
    case "string":
      return "str";
  }
  if (value instanceof Host) return value.typeName;
  if (value instanceof View) return `dict_${value.part}`;
  if (value instanceof Lazy) return value.name;
  return classNames.find(([type]) => value instanceof type)?.[1] ?? "object";
}

const classNames: readonly (readonly [new (...given: never[]) => unknown, string])[] = [
  [Tuple, "tuple"],
  [Dict, "dict"],
  [Range, "range"],
  [Undefined, "Undefined"],
  [Markup, "Markup"],
  [Callable, "builtin_function_or_method"],
];

/** Whether Python counts a value as true. */
export function isTrue(value: Value): boolean {
  if (value === null || value instanceof Undefined) return false;
  if (value instanceof Tuple) return value.items.length > 0;
  if (value instanceof Dict) return value.size > 0;
  if (value instanceof View) return value.dict.size > 0;
  if (value instanceof Range) return value.length > 0;
  if (value instanceof Markup) return value.text !== "";
  if (isList(value)) return value.length > 0;
  return typeof value === "object" ? true : Boolean(value);
}
