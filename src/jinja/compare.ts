/**
 * Equality, order and membership as Python has them.
 *
 * @module
 */

import { typeError } from "./failure.ts";
import { iterate } from "./sequences.ts";
import {
  Dict,
  hashed,
  integerOf,
  isList,
  itemsOf,
  Range,
  textOf,
  Tuple,
  typeName,
  Undefined,
  type Value,
  View,
} from "./values.ts";

/** `a == b` */
export function equals(a: Value, b: Value): boolean {
  const [left, right] = [numberOf(a), numberOf(b)];
  // A bigint and a number are compared by their exact values.
  if (left !== undefined && right !== undefined) return left == right;
  const [text, other] = [textOf(a), textOf(b)];
  if (text !== undefined || other !== undefined) return text === other;
  if (isList(a) && isList(b)) return allEqual(a, b);
  if (a instanceof Tuple && b instanceof Tuple) return allEqual(a.items, b.items);
  if (a instanceof Dict && b instanceof Dict) return sameEntries(a, b);
  if (a instanceof Undefined && b instanceof Undefined) return true;
  if (a instanceof Range && b instanceof Range) return sameRange(a, b);
  if (a instanceof View && b instanceof View) return sameView(a, b);
  return a === b;
}

/** Python's comparison operators, by their sign. */
export function ordered(a: Value, operator: string, b: Value): boolean {
  const order = compareValues(a, b, operator);
  if (Number.isNaN(order)) return false;
  switch (operator) {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    default:
      return order >= 0;
  }
}

/**
 * Less than 0 where `a` comes before `b`; NaN where a float is none.
 *
 * @throws {PythonFailure} where the two have no order
 */
export function compareValues(a: Value, b: Value, operator = "<"): number {
  for (const value of [a, b]) if (value instanceof Undefined) throw value.fail();
  const [left, right] = [numberOf(a), numberOf(b)];
  if (left !== undefined && right !== undefined) {
    return left < right ? -1 : left > right ? 1 : left == right ? 0 : NaN;
  }
  const [text, other] = [textOf(a), textOf(b)];
  if (text !== undefined && other !== undefined) return compareTexts(text, other);
  const [items, others] = [itemsOf(a), itemsOf(b)];
  if (items !== undefined && others !== undefined && isList(a) === isList(b)) {
    return compareItems(items, others, operator);
  }
  throw typeError(
    `'${operator}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`,
  );
}

/** `item in container` */
export function contains(container: Value, item: Value): boolean {
  const text = textOf(container);
  if (text !== undefined) {
    const part = textOf(item);
    if (part !== undefined) return text.includes(part);
    throw typeError(`'in <string>' requires string as left operand, not ${typeName(item)}`);
  }
  if (container instanceof Dict) return container.get(item) !== undefined;
  if (container instanceof View && container.part === "keys") {
    return container.dict.get(item) !== undefined;
  }
  for (const each of iterate(container)) if (each === item || equals(each, item)) return true;
  return false;
}

/** By code points: JavaScript compares UTF-16 units, in which the highest planes come too early. */
export function compareTexts(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const difference = left[at]!.codePointAt(0)! - right[at]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function compareItems(a: readonly Value[], b: readonly Value[], operator: string): number {
  const at = a.findIndex((item, i) => i < b.length && !equals(item, b[i]!));
  return at < 0 ? a.length - b.length : compareValues(a[at]!, b[at]!, operator);
}

function numberOf(value: Value): bigint | number | undefined {
  return typeof value === "number" ? value : integerOf(value);
}

function allEqual(a: readonly Value[], b: readonly Value[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at] || equals(item, b[at]!));
}

function sameEntries(a: Dict, b: Dict): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a.entries()) {
    const other = b.get(key);
    if (other === undefined || !equals(value, other)) return false;
  }
  return true;
}

function sameRange(a: Range, b: Range): boolean {
  if (a.length !== b.length) return false;
  if (a.length === 0) return true;
  return a.start === b.start && (a.length === 1 || a.step === b.step);
}

/** Keys and items are sets; two views of values are never equal. */
function sameView(a: View, b: View): boolean {
  if (a.part === "values" || b.part === "values") return a === b;
  const keys = new Set([...a].map(hashed));
  return a.dict.size === b.dict.size && [...b].every((item) => keys.has(hashed(item)));
}
