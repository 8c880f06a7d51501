/**
 * Filters on what has items, as a whole.
 *
 * @module
 */

import { asCount, REQUIRED, take } from "./arguments.ts";
import { getAttribute, hasAttribute } from "./attributes.ts";
import type { Budget } from "./budget.ts";
import { fold, getter, sorted } from "./filters_by_attribute.ts";
import { EngineFailure, PythonFailure, typeError } from "./failure.ts";
import type { Filter } from "./filters.ts";
import { textFor } from "./python_text.ts";
import { charactersOf, iterate, lengthOf } from "./sequences.ts";
import {
  type Arguments,
  Dict,
  isTrue,
  itemsOf,
  Lazy,
  Markup,
  textOf,
  Tuple,
  typeName,
  Undefined,
  type Value,
  View,
} from "./values.ts";

/** The filters by name. */
export const itemFilters: Readonly<Record<string, Filter>> = {
  length,
  count: length,
  list: (value, given, { budget }) => {
    take("list", given, {});
    return listOf(value, budget);
  },
  first: (value, given) => {
    take("first", given, {});
    for (const item of iterate(value)) return item;
    return new Undefined("No first item, sequence was empty.");
  },
  last: (value, given) => {
    take("last", given, {});
    for (const item of backwards(value)) return item;
    return new Undefined("No last item, sequence was empty.");
  },
  reverse: (value, given, { budget }) => {
    take("reverse", given, {});
    const text = textOf(value);
    if (text !== undefined) {
      const reversed = charactersOf(text).toReversed().join("");
      return value instanceof Markup ? new Markup(reversed) : reversed;
    }
    // Python reverses what it cannot walk backwards into a list.
    if (value instanceof Lazy || value instanceof Undefined) {
      return listOf(value, budget).toReversed();
    }
    return new Lazy(backwards(value)[Symbol.iterator](), "reversed");
  },
  join: (value, given, { budget }) => {
    const [glue, attribute] = take("join", given, { d: "", attribute: null });
    const get = attribute === null ? undefined : getter(attribute!, budget);
    const parts = [...iterate(value)].map((item) => textFor(get === undefined ? item : get(item)));
    // Unlike the method of texts, the filter joins values of any kind.
    const between = textFor(glue!);
    budget.make(parts.reduce((sum, part) => sum + part.length + between.length, 0));
    return parts.join(between);
  },
  items: (value, given) => {
    take("items", given, {});
    // What is not there has no items, and does not fail.
    if (value instanceof Undefined) return new Lazy([][Symbol.iterator]());
    if (!(value instanceof Dict)) throw typeError("Can only get item pairs from a mapping.");
    return new Lazy(new View(value, "items")[Symbol.iterator]());
  },
  dictsort: (value, given) => {
    const [sensitive, by, reverse] = take("dictsort", given, {
      case_sensitive: false,
      by: "key",
      reverse: false,
    });
    if (by !== "key" && by !== "value") {
      throw new PythonFailure(
        "FilterArgumentError",
        'You can only sort by either "key" or "value"',
      );
    }
    if (value instanceof Undefined) throw value.fail();
    if (!(value instanceof Dict)) throw typeError(`'${typeName(value)}' object has no items`);
    // Texts are sorted without their case, as everywhere.
    const at = by === "key" ? 0 : 1;
    const items = [...value.entries()].map((entry) => ({
      entry,
      key: fold(entry[at], sensitive!),
    }));
    return sorted(items, isTrue(reverse!)).map(({ entry }) => new Tuple(entry));
  },
  batch: (value, given, { budget }) => {
    const [count, fill] = take("batch", given, { linecount: REQUIRED, fill_with: null });
    const size = asCount(count!);
    budget.makeItems(size);
    // The last row may be short, unless there is something to fill it with.
    const rows: Value[][] = [];
    for (const item of iterate(value)) {
      if (rows.length === 0 || rows.at(-1)!.length === size) rows.push([]);
      rows.at(-1)!.push(item);
    }
    while (fill !== null && rows.length > 0 && rows.at(-1)!.length < size) rows.at(-1)!.push(fill!);
    return new Lazy(rows[Symbol.iterator]());
  },
  slice: (value, given, { budget }) => {
    const [count, fill] = take("slice", given, { slices: REQUIRED, fill_with: null });
    return new Lazy(columns(listOf(value, budget), asCount(count!), fill!)[Symbol.iterator]());
  },
  attr: (value, given, { budget }) => {
    const [name] = take("attr", given, { name: REQUIRED });
    if (value instanceof Undefined) throw value.fail();
    // Unlike `value.name`, this never falls back on an item.
    const attribute = textOf(name!) ?? "";
    return hasAttribute(value, attribute, budget)
      ? getAttribute(value, attribute, budget)
      : new Undefined(`'${typeName(value)} object' has no attribute '${attribute}'`);
  },
  default: preset,
  d: preset,
};

/** What stands in for a value that is undefined, or on demand for one that is false. */
function preset(value: Value, given: Arguments): Value {
  const [other, boolean] = take("default", given, { default_value: "", boolean: false });
  return value instanceof Undefined || (isTrue(boolean!) && !isTrue(value)) ? other! : value;
}

/** The number of items or characters. */
function length(value: Value, given: Arguments): Value {
  take("length", given, {});
  const count = lengthOf(value);
  if (count !== undefined) return BigInt(count);
  throw typeError(`object of type '${typeName(value)}' has no len()`);
}

/** All items at once. */
function listOf(value: Value, budget: Budget): Value[] {
  const list = [...iterate(value)];
  budget.makeItems(list.length);
  return list;
}

/** The items from the last to the first, of what Python can walk backwards. */
function backwards(value: Value): Iterable<Value> {
  const backward = itemsOf(value) !== undefined || lengthOf(value) !== undefined;
  if (!backward) throw typeError(`'${typeName(value)}' object is not reversible`);
  return [...iterate(value)].reverse();
}

/** Items in so many columns, of which the first ones are longer; `fill` evens them out. */
function columns(items: readonly Value[], count: number, fill: Value): Value[][] {
  if (count <= 0) {
    throw new PythonFailure("ZeroDivisionError", "integer division or modulo by zero");
  }
  if (count > 100_000) throw new EngineFailure("so many slices are not made");
  const [size, extra] = [Math.floor(items.length / count), items.length % count];
  let start = 0;
  return Array.from({ length: count }, (_, at) => {
    const part = items.slice(start, start += size + (at < extra ? 1 : 0));
    return fill !== null && at >= extra ? [...part, fill] : part;
  });
}
