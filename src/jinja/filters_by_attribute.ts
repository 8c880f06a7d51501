/**
 * Filters that look at an attribute of every item, put items in order, or choose among them.
 *
 * @module
 */

import { REQUIRED, take } from "./arguments.ts";
import { operate } from "./arithmetic.ts";
import { getItem } from "./attributes.ts";
import type { Budget } from "./budget.ts";
import { compareValues, equals } from "./compare.ts";
import { PythonFailure, typeError } from "./failure.ts";
import type { Filter, Toolbox } from "./filters.ts";
import { iterate } from "./sequences.ts";
import {
  type Arguments,
  hashed,
  isTrue,
  Lazy,
  textOf,
  Tuple,
  Undefined,
  type Value,
} from "./values.ts";

/** The filters by name. */
export const attributeFilters: Readonly<Record<string, Filter>> = {
  sort: (value, given, { budget }) => {
    const [reverse, sensitive, attribute] = take("sort", given, {
      reverse: false,
      case_sensitive: false,
      attribute: null,
    });
    // Several attributes with commas: the first decides, then the second.
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
    // By what Python holds for equal.
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
    // Python sends those who add up texts to join.
    if (textOf(start!) !== undefined) {
      throw typeError("sum() can't sum strings [use ''.join(seq) instead]");
    }
    let sum: Value = start!;
    for (const item of iterate(value)) sum = operate("+", [sum, get(item)], budget);
    return sum;
  },
  groupby: (value, given, { budget }) => groups(value, given, budget),
  // As in Jinja, what is empty or undefined is not looked at, and wrong arguments do not matter then.
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
};

/** Items as they are asked for, as from a generator of Python. */
function lazily(value: Value, change: (item: Value) => Iterable<Value>): Lazy {
  const generate = function* (): Generator<Value> {
    for (const item of iterate(value)) yield* change(item);
  };
  return new Lazy(generate());
}

/** Reads an attribute by a path such as `address.city`; none is the item itself. */
export function getter(
  path: Value,
  budget: Budget,
  fallback: Value = null,
): (item: Value) => Value {
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
export function fold(value: Value, caseSensitive: Value): Value {
  const text = textOf(value);
  return text === undefined || isTrue(caseSensitive) ? value : text.toLowerCase();
}

/** Sorts by the keys; items that compare alike keep their order, also in reverse. */
export function sorted<Item extends { key: Value }>(
  items: readonly Item[],
  reverse: boolean,
): Item[] {
  const sign = reverse ? -1 : 1;
  return items.toSorted((a, b) => sign * compareValues(a.key, b.key));
}

/** The least or the greatest item; the first of those that are alike. */
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

/** Items by the value of an attribute, in the order of the values. */
function groups(value: Value, given: Arguments, budget: Budget): Value {
  const [attribute, fallback, sensitive] = take("groupby", given, {
    attribute: REQUIRED,
    default: null,
    case_sensitive: false,
  });
  // Sorted by the key without its case; the group is called as its first item has it.
  const get = getter(attribute!, budget, fallback!);
  const items = [...iterate(value)].map((item) => ({ item, key: fold(get(item), sensitive!) }));
  // Neighbours of one key, once all are in order.
  const found: { key: Value; items: Value[] }[] = [];
  for (const { item, key } of sorted(items, false)) {
    const last = found.at(-1);
    if (last !== undefined && equals(last.key, key)) last.items.push(item);
    else found.push({ key, items: [item] });
  }
  return found.map(({ items }) => new Tuple([get(items[0]!), items]));
}

/** What `map` does to an item: a filter by name, or an attribute. */
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

/** The items for which a test holds, or is not to hold. */
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
