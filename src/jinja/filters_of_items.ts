/**
 * Filters on what has items.
 *
 * @module
 */

import { asCount, REQUIRED, take } from "./arguments.ts";
import { operate } from "./arithmetic.ts";
import { getAttribute, getItem, hasAttribute } from "./attributes.ts";
import type { Budget } from "./budget.ts";
import { compareValues, equals } from "./compare.ts";
import { EngineFailure, PythonFailure, typeError } from "./failure.ts";
import type { Filter, Toolbox } from "./filters.ts";
import { textFor } from "./python_text.ts";
import { charactersOf, iterate, lengthOf } from "./sequences.ts";
import {
  type Arguments,
  Dict,
  hashed,
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
    const between = textFor(glue!);
    budget.make(parts.reduce((sum, part) => sum + part.length + between.length, 0));
    return parts.join(between);
  },
  items: (value, given) => {
    take("items", given, {});
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
    const at = by === "key" ? 0 : 1;
    const items = [...value.entries()].map((entry) => ({
      entry,
      key: fold(entry[at], sensitive!),
    }));
    return sorted(items, isTrue(reverse!)).map(({ entry }) => new Tuple(entry));
  },
  sort: (value, given, { budget }) => {
    const [reverse, sensitive, attribute] = take("sort", given, {
      reverse: false,
      case_sensitive: false,
      attribute: null,
    });
    const path = textOf(attribute!);
    const getters = (path === undefined ? [attribute!] : path.split(",")).map((each) =>
      getter(each, budget)
    );
    const items = [...iterate(value)].map((item) => ({
      item,
      key: getters.map((get) => fold(get(item), sensitive!)),
    }));
    return sorted(items, isTrue(reverse!)).map(({ item }) => item);
  },
  unique: (value, given, { budget }) => {
    const [sensitive, attribute] = take("unique", given, {
      case_sensitive: false,
      attribute: null,
    });
    const get = getter(attribute!, budget);
    const seen = new Set<string>();
    return lazily(value, function* (item) {
      const key = hashed(fold(get(item), sensitive!));
      if (seen.has(key)) return;
      seen.add(key);
      yield item;
    });
  },
  min: (value, given, { budget }) => extreme(value, given, { budget, sign: 1 }),
  max: (value, given, { budget }) => extreme(value, given, { budget, sign: -1 }),
  sum: (value, given, { budget }) => {
    const [attribute, start] = take("sum", given, { attribute: null, start: 0n });
    const get = getter(attribute!, budget);
    if (textOf(start!) !== undefined) {
      throw typeError("sum() can't sum strings [use ''.join(seq) instead]");
    }
    let sum: Value = start!;
    for (const item of iterate(value)) sum = operate("+", [sum, get(item)], budget);
    return sum;
  },
  batch: (value, given, { budget }) => {
    const [count, fill] = take("batch", given, { linecount: REQUIRED, fill_with: null });
    const size = asCount(count!);
    budget.make(size);
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
  groupby: (value, given, { budget }) => groups(value, given, budget),
  map: (value, given, tools) => {
    if (!isTrue(value)) return new Lazy([][Symbol.iterator]());
    const change = mapper(given, tools);
    return lazily(value, function* (item) {
      yield change(item);
    });
  },
  select: (value, given, tools) =>
    picked(value, given, { tools, wanted: true, byAttribute: false }),
  reject: (value, given, tools) =>
    picked(value, given, { tools, wanted: false, byAttribute: false }),
  selectattr: (value, given, tools) =>
    picked(value, given, { tools, wanted: true, byAttribute: true }),
  rejectattr: (value, given, tools) =>
    picked(value, given, { tools, wanted: false, byAttribute: true }),
  attr: (value, given, { budget }) => {
    const [name] = take("attr", given, { name: REQUIRED });
    if (value instanceof Undefined) throw value.fail();
    const attribute = textOf(name!) ?? "";
    return hasAttribute(value, attribute, budget)
      ? getAttribute(value, attribute, budget)
      : new Undefined(`'${typeName(value)} object' has no attribute '${attribute}'`);
  },
  default: preset,
  d: preset,
};

function preset(value: Value, given: Arguments): Value {
  const [other, boolean] = take("default", given, { default_value: "", boolean: false });
  return value instanceof Undefined || (isTrue(boolean!) && !isTrue(value)) ? other! : value;
}

function length(value: Value, given: Arguments): Value {
  take("length", given, {});
  const count = lengthOf(value);
  if (count !== undefined) return BigInt(count);
  throw typeError(`object of type '${typeName(value)}' has no len()`);
}

function listOf(value: Value, budget: Budget): Value[] {
  const list = [...iterate(value)];
  budget.make(list.length);
  return list;
}

function backwards(value: Value): Iterable<Value> {
  const backward = itemsOf(value) !== undefined || lengthOf(value) !== undefined;
  if (!backward) throw typeError(`'${typeName(value)}' object is not reversible`);
  return [...iterate(value)].reverse();
}

/** Items as they are asked for, as from a generator of Python. */
function lazily(value: Value, change: (item: Value) => Iterable<Value>): Lazy {
  const generate = function* (): Generator<Value> {
    for (const item of iterate(value)) yield* change(item);
  };
  return new Lazy(generate());
}

/** Reads an attribute by a path such as `address.city`; none is the item itself. */
function getter(path: Value, budget: Budget, fallback: Value = null): (item: Value) => Value {
  const text = textOf(path);
  const keys = path === null
    ? []
    : text === undefined
    ? [path]
    : text.split(".").map((key) => /^\d+$/.test(key) ? BigInt(key) : key);
  return (item) =>
    keys.reduce<Value>((value, key) => {
      const inner = getItem(value, key, budget);
      return inner instanceof Undefined && fallback !== null ? fallback : inner;
    }, item);
}

/** Texts are compared without their case unless told otherwise. */
function fold(value: Value, caseSensitive: Value): Value {
  const text = textOf(value);
  return text === undefined || isTrue(caseSensitive) ? value : text.toLowerCase();
}

/** Sorts by the keys; items that compare alike keep their order, also in reverse. */
function sorted<Item extends { key: Value }>(items: readonly Item[], reverse: boolean): Item[] {
  const sign = reverse ? -1 : 1;
  return items.toSorted((a, b) => sign * compareValues(a.key, b.key));
}

function extreme(
  value: Value,
  given: Arguments,
  { budget, sign }: { budget: Budget; sign: 1 | -1 },
): Value {
  const name = sign === 1 ? "min" : "max";
  const [sensitive, attribute] = take(name, given, { case_sensitive: false, attribute: null });
  const get = getter(attribute!, budget);
  let best: { item: Value; key: Value } | undefined;
  for (const item of iterate(value)) {
    const key = fold(get(item), sensitive!);
    if (best === undefined || sign * compareValues(key, best.key) < 0) best = { item, key };
  }
  return best?.item ??
    (best === undefined ? new Undefined("No aggregated item, sequence was empty.") : null);
}

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

function groups(value: Value, given: Arguments, budget: Budget): Value {
  const [attribute, fallback, sensitive] = take("groupby", given, {
    attribute: REQUIRED,
    default: null,
    case_sensitive: false,
  });
  const get = getter(attribute!, budget, fallback!);
  const items = [...iterate(value)].map((item) => ({ item, key: fold(get(item), sensitive!) }));
  const found: { key: Value; items: Value[] }[] = [];
  for (const { item, key } of sorted(items, false)) {
    const last = found.at(-1);
    if (last !== undefined && equals(last.key, key)) last.items.push(item);
    else found.push({ key, items: [item] });
  }
  return found.map(({ items }) => new Tuple([get(items[0]!), items]));
}

function mapper(given: Arguments, tools: Toolbox): (item: Value) => Value {
  const { positional: [name, ...others], named } = given;
  const attribute = named.get("attribute");
  if (name === undefined && attribute !== undefined) {
    const unknown = [...named.keys()].find((key) => key !== "attribute" && key !== "default");
    if (unknown === undefined) return getter(attribute, tools.budget, named.get("default") ?? null);
    throw new PythonFailure("FilterArgumentError", `Unexpected keyword argument '${unknown}'`);
  }
  if (name === undefined) {
    throw new PythonFailure("FilterArgumentError", "map requires a filter argument");
  }
  const filter = textOf(name) ?? "";
  return (item) => tools.filter(filter, item, { positional: others, named });
}

function picked(
  value: Value,
  given: Arguments,
  { tools, wanted, byAttribute }: { tools: Toolbox; wanted: boolean; byAttribute: boolean },
): Value {
  if (!isTrue(value)) return new Lazy([][Symbol.iterator]());
  const [attribute, ...others] = byAttribute ? given.positional : [null, ...given.positional];
  if (attribute === undefined) {
    throw new PythonFailure("FilterArgumentError", "Missing parameter for attribute name");
  }
  const get = getter(attribute, tools.budget);
  const [test, ...more] = others;
  const holds = (item: Value) =>
    test === undefined
      ? isTrue(item)
      : tools.test(textOf(test) ?? "", item, { positional: more, named: given.named });
  return lazily(value, function* (item) {
    if (holds(get(item)) === wanted) yield item;
  });
}
