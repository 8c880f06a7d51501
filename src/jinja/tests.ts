/**
 * Tests, as in `x is defined`.
 *
 * @module
 */

import { REQUIRED, take } from "./arguments.ts";
import { operate } from "./arithmetic.ts";
import { isAllIn } from "./casing.ts";
import { contains, equals, ordered } from "./compare.ts";
import { filters, foreignFilters, type Toolbox } from "./filters.ts";
import { PythonFailure } from "./failure.ts";
import { textFor } from "./python_text.ts";
import { iterate, lengthOf } from "./sequences.ts";
import {
  type Arguments,
  Callable,
  Dict,
  Host,
  integerOf,
  Markup,
  textOf,
  Undefined,
  type Value,
  View,
} from "./values.ts";

/** A test of a value. */
export type Test = (value: Value, given: Arguments, tools: Toolbox) => boolean;

/** The tests by name. */
export const tests: ReadonlyMap<string, Test> = new Map(Object.entries<Test>({
  defined: plain((value) => !(value instanceof Undefined)),
  undefined: plain((value) => value instanceof Undefined),
  none: plain((value) => value === null),
  boolean: plain((value) => typeof value === "boolean"),
  true: plain((value) => value === true),
  false: plain((value) => value === false),
  integer: plain((value) => typeof value === "bigint"),
  float: plain((value) => typeof value === "number"),
  number: plain((value) => typeof value === "number" || integerOf(value) !== undefined),
  string: plain((value) => textOf(value) !== undefined),
  mapping: plain((value) => value instanceof Dict),
  iterable: plain(isIterable),
  sequence: plain((value) => lengthOf(value) !== undefined && !(value instanceof View)),
  // Undefined can be called, only to fail.
  callable: plain((value) =>
    value instanceof Callable || value instanceof Undefined ||
    (value instanceof Host && value.call !== undefined)
  ),
  escaped: plain((value) => value instanceof Markup),
  lower: plain((value) => isAllIn("lower", textFor(value))),
  upper: plain((value) => isAllIn("upper", textFor(value))),
  odd: (value, given, { budget }) => {
    take("odd", given, {});
    return equals(operate("%", [value, 2n], budget), 1n);
  },
  even: (value, given, { budget }) => {
    take("even", given, {});
    return equals(operate("%", [value, 2n], budget), 0n);
  },
  divisibleby: (value, given, { budget }) => {
    const [number] = take("divisibleby", given, { num: REQUIRED });
    return equals(operate("%", [value, number!], budget), 0n);
  },
  sameas: (value, given) => same(value, take("sameas", given, { other: REQUIRED })[0]!),
  in: (value, given) => contains(take("in", given, { seq: REQUIRED })[0]!, value),
  filter: plain((value) => {
    const name = textOf(value) ?? "";
    return filters.has(name) || foreignFilters.has(name);
  }),
  test: plain((value) => tests.has(textOf(value) ?? "")),
  ...comparisons(
    { "==": ["eq", "equalto"], "!=": ["ne"] },
    (a, sign, b) => equals(a, b) === (sign === "=="),
  ),
  ...comparisons({
    "<": ["lt", "lessthan"],
    "<=": ["le"],
    ">": ["gt", "greaterthan"],
    ">=": ["ge"],
  }, ordered),
}));

/** A test without arguments. */
function plain(test: (value: Value) => boolean): Test {
  return (value, given) => {
    take("test", given, {});
    return test(value);
  };
}

/** A comparison by its sign and its other names. */
function comparisons(
  names: Readonly<Record<string, readonly string[]>>,
  compare: (a: Value, sign: string, b: Value) => boolean,
): Record<string, Test> {
  const entries = Object.entries(names).flatMap(([sign, words]) =>
    [sign, ...words].map((
      name,
    ): [string, Test] => [
      name,
      (value, given) => compare(value, sign, take(name, given, { other: REQUIRED })[0]!),
    ])
  );
  return Object.fromEntries(entries);
}

/** Whether a loop could go over it. */
function isIterable(value: Value): boolean {
  try {
    iterate(value);
    return true;
  } catch (failure) {
    if (failure instanceof PythonFailure) return false;
    throw failure;
  }
}

/** Python's `is`: small whole numbers and constants are one object wherever they come from. */
function same(a: Value, b: Value): boolean {
  return typeof a === typeof b && a === b;
}
