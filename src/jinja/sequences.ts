/**
 * What has items: iterating it, its length, one of its items, a slice of it. Texts count code points.
 *
 * @module
 */

import { PythonFailure, typeError } from "./failure.ts";
import {
  Dict,
  integerOf,
  isList,
  itemsOf,
  Lazy,
  Markup,
  Range,
  textOf,
  Tuple,
  typeName,
  Undefined,
  type Value,
  View,
} from "./values.ts";

/**
 * The items of a value, in their order.
 *
 * @throws {PythonFailure} where it has none
 */
export function iterate(value: Value): Iterable<Value> {
  const items = itemsOf(value);
  if (items !== undefined) return items;
  const text = textOf(value);
  if (text !== undefined) return charactersOf(text);
  if (value instanceof Dict) return new View(value, "keys");
  if (value instanceof View) return value;
  if (value instanceof Range) return numbersOf(value);
  if (value instanceof Lazy) return { [Symbol.iterator]: () => value.items };
  if (value instanceof Undefined) return [];
  throw typeError(`'${typeName(value)}' object is not iterable`);
}

/** The length of what has one; undefined (JavaScript's) for anything else. */
export function lengthOf(value: Value): number | undefined {
  const items = itemsOf(value);
  if (items !== undefined) return items.length;
  const text = textOf(value);
  if (text !== undefined) return charactersOf(text).length;
  if (value instanceof Dict) return value.size;
  if (value instanceof View) return value.dict.size;
  if (value instanceof Range) return value.length;
  return value instanceof Undefined ? 0 : undefined;
}

/** The characters of a text, one a code point. */
export function charactersOf(text: string): readonly string[] {
  return isNarrow(text) ? text.split("") : Array.from(text);
}

/** Whether every character of a text is one UTF-16 unit. */
export function isNarrow(text: string): boolean {
  return !/[\ud800-\udfff]/.test(text);
}

/** The item of a sequence at an index; undefined (JavaScript's) where there is none. */
export function itemAt(value: Value, key: Value): Value | undefined {
  const index = integerOf(key);
  if (index === undefined) return undefined;
  const length = itemsOf(value) || textOf(value) !== undefined || value instanceof Range
    ? lengthOf(value)!
    : 0;
  const at = Number(index < 0n ? index + BigInt(length) : index);
  if (at < 0 || at >= length) return undefined;
  if (value instanceof Range) return value.at(at);
  const text = textOf(value);
  const item = text === undefined ? itemsOf(value)?.[at] : charactersOf(text)[at];
  return value instanceof Markup ? new Markup(String(item)) : item;
}

/**
 * `value[start:stop:step]`
 *
 * @throws {PythonFailure} where the value has no slices or a bound is no whole number
 */
export function sliced(value: Value, bounds: readonly Value[]): Value {
  const items = itemsOf(value);
  const text = textOf(value);
  if (value instanceof Undefined) throw value.fail();
  if (items === undefined && text === undefined) {
    if (value instanceof Range) return rangePart(value, bounds);
    throw value instanceof Dict
      ? typeError("unhashable type: 'slice'")
      : typeError(`'${typeName(value)}' object is not subscriptable`);
  }
  if (text === undefined) {
    const part = picked(items!, bounds);
    return isList(value) ? part : new Tuple(part);
  }
  const part = picked(charactersOf(text), bounds).join("");
  return value instanceof Markup ? new Markup(part) : part;
}

function picked<Item>(items: readonly Item[], bounds: readonly Value[]): Item[] {
  const { start, stop, step } = indicesOf(bounds, items.length);
  const part: Item[] = [];
  for (let at = start; step > 0 ? at < stop : at > stop; at += step) part.push(items[at]!);
  return part;
}

/** The part of a range, which is a range. */
function rangePart(range: Range, bounds: readonly Value[]): Range {
  const { start, stop, step } = indicesOf(bounds, range.length);
  return new Range(range.at(start), range.at(stop), range.step * BigInt(step));
}

/** The bounds of a slice as indices of a sequence of this length. */
function indicesOf(bounds: readonly Value[], length: number) {
  const [first, last, step = 1] = bounds.map(boundOf);
  if (step === 0) throw new PythonFailure("ValueError", "slice step cannot be zero");
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (bound: number) =>
    Math.min(high, Math.max(low, bound < 0 ? bound + length : bound));
  const [start, stop] = step > 0 ? [low, high] : [high, low];
  return {
    start: first === undefined ? start : clamp(first),
    stop: last === undefined ? stop : clamp(last),
    step,
  };
}

/** A bound of a slice; far beyond any length is as good as farther. */
function boundOf(value: Value): number | undefined {
  if (value === null) return undefined;
  const bound = integerOf(value);
  if (bound !== undefined) return Math.max(-(2 ** 40), Math.min(2 ** 40, Number(bound)));
  throw typeError("slice indices must be integers or None or have an __index__ method");
}

function* numbersOf(range: Range): Iterable<Value> {
  for (let at = 0; at < range.length; at++) yield range.at(at);
}
