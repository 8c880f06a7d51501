/**
 * Attributes and items of values, as Jinja's sandbox gives them: `a.b` prefers the attribute, `a["b"]` the
 * item, each falls back on the other, and what is in neither is undefined.
 *
 * @module
 */

import { asInteger, REQUIRED, take } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { equals } from "./compare.ts";
import { EngineFailure, PythonFailure, typeError } from "./failure.ts";
import { escaped } from "./html.ts";
import { reprOf } from "./python_text.ts";
import { itemAt, iterate } from "./sequences.ts";
import { textMethods } from "./text_methods.ts";
import {
  type Arguments,
  Callable,
  Dict,
  Host,
  integerOf,
  isList,
  itemsOf,
  Markup,
  Range,
  textOf,
  Tuple,
  typeName,
  Undefined,
  type Value,
  View,
} from "./values.ts";

/** `object.name` */
export function getAttribute(object: Value, name: string, budget: Budget): Value {
  if (object instanceof Undefined) {
    // It is an object too, whose own attributes the sandbox withholds.
    if (commonInternals.has(name)) return unsafe(object, name);
    throw object.fail();
  }
  const attribute = attributeOf(object, name, budget);
  const value = attribute === undefined ? itemOf(object, name) : attribute;
  return value === undefined ? missing(object, name) : value;
}

/** `object[key]` */
export function getItem(object: Value, key: Value, budget: Budget): Value {
  if (object instanceof Undefined) throw object.fail();
  const item = itemOf(object, key);
  if (item !== undefined) return item;
  const name = textOf(key);
  const attribute = name === undefined ? undefined : attributeOf(object, name, budget);
  return attribute === undefined ? missing(object, key) : attribute;
}

/** Whether an object has an attribute of this name, which an item is none. */
export function hasAttribute(object: Value, name: string, budget: Budget): boolean {
  return attributeOf(object, name, budget) !== undefined;
}

/** What is neither attribute nor item. */
function missing(object: Value, key: Value): Undefined {
  const name = textOf(key);
  return new Undefined(
    name === undefined
      ? `${typeName(object)} object has no element ${reprOf(key)}`
      : `'${typeName(object)} object' has no attribute '${name}'`,
  );
}

/** An item by its key or index; undefined (JavaScript's) where there is none. */
function itemOf(object: Value, key: Value): Value | undefined {
  if (!(object instanceof Dict)) return itemAt(object, key);
  try {
    return object.get(key);
  } catch (failure) {
    if (failure instanceof PythonFailure) return undefined; // a list is no key
    throw failure;
  }
}

/** An attribute that the sandbox gives; undefined (JavaScript's) where there is none. */
function attributeOf(object: Value, name: string, budget: Budget): Value | undefined {
  if (name.startsWith("_")) return isInternal(object, name) ? unsafe(object, name) : undefined;
  if (object instanceof Host) return object.attribute(name);
  if (object instanceof Range) return rangeFields[name]?.(object) ?? methodOf(object, name, budget);
  return methodOf(object, name, budget);
}

/** A method with its object; one that would change the object is withheld. */
function methodOf(object: Value, name: string, budget: Budget): Value | undefined {
  const text = textOf(object);
  if (text !== undefined) return textMethod(object, { text, name, budget });
  const type = typeName(object);
  if (mutators[type]?.includes(name)) return unsafe(object, name);
  const methods = methodsOf(object);
  if (Object.hasOwn(methods, name)) {
    const method = methods[name]!;
    return new Callable(name, (given) => method(object, given));
  }
  if (!others[type]?.includes(name)) return undefined;
  throw new EngineFailure(`the attribute '${name}' of '${type}' is not known`);
}

/** A method of a text. Those of escaped text make escaped text. */
function textMethod(
  object: Value,
  { text, name, budget }: { text: string; name: string; budget: Budget },
): Value | undefined {
  if (Object.hasOwn(textMethods, name)) {
    const method = textMethods[name]!;
    if (!(object instanceof Markup)) {
      return new Callable(name, (given) => method(text, given, budget));
    }
    if (name !== "format") {
      return new Callable(
        name,
        (given) => marked(method(text, escapedAdditions(name, given), budget)),
      );
    }
  } else if (!["encode", "maketrans", "translate", "format_map"].includes(name)) return undefined;
  throw new EngineFailure(`the method '${name}' of 'str' is not known`);
}

/** What a method adds to escaped text is escaped; what it looks for is not. */
function escapedAdditions(name: string, { positional, named }: Arguments): Arguments {
  const [first, second, ...others] = positional;
  const escape = (value: Value) => textOf(value) === undefined ? value : escaped(value);
  if (name === "join" && first !== undefined) {
    return { positional: [[...iterate(first)].map(escaped)], named };
  }
  if (!["replace", "center", "ljust", "rjust"].includes(name) || second === undefined) {
    return { positional, named };
  }
  return { positional: [first!, escape(second), ...others], named };
}

/** Every text of a result as escaped text. */
function marked(value: Value): Value {
  if (typeof value === "string") return new Markup(value);
  if (isList(value)) return value.map(marked);
  return value instanceof Tuple ? new Tuple(value.items.map(marked)) : value;
}

/** A method, called on its object; each table holds those of one type. */
type Method = (object: never, given: Arguments) => Value;

function methodsOf(
  object: Value,
): Readonly<Record<string, (object: Value, given: Arguments) => Value>> {
  const methods: Readonly<Record<string, Method>> = object instanceof Dict
    ? dictMethods
    : isList(object)
    ? listMethods
    : object instanceof Tuple || object instanceof Range
    ? sequenceMethods
    : typeof object === "number"
    ? floatMethods
    : {};
  return methods as Readonly<Record<string, (object: Value, given: Arguments) => Value>>;
}

/** Methods of dicts. Views follow the dict, which never changes. */
const dictMethods: Readonly<Record<string, (dict: Dict, given: Arguments) => Value>> = {
  get: (dict, given) => {
    if (given.named.size > 0) throw typeError("dict.get() takes no keyword arguments");
    const [key, preset] = take("get", given, { key: REQUIRED, default: null });
    return dict.get(key!) ?? preset!;
  },
  items: (dict, given) => view(dict, "items", given),
  keys: (dict, given) => view(dict, "keys", given),
  values: (dict, given) => view(dict, "values", given),
  copy: (dict, given) => {
    take("copy", given, {});
    return new Dict(dict.entries());
  },
};

/** A view of a dict, made by a method without arguments. */
function view(dict: Dict, part: View["part"], given: Arguments): View {
  take(part, given, {});
  return new View(dict, part);
}

/** Methods that lists, tuples and ranges have. */
const sequenceMethods: Readonly<Record<string, (list: Value, given: Arguments) => Value>> = {
  index: (list, given) => {
    const [value, start, stop] = take("index", given, { value: REQUIRED, start: 0n, stop: null });
    const items = [...iterate(list)];
    const clamp = (bound: bigint) =>
      Math.max(0, Number(bound < 0n ? bound + BigInt(items.length) : bound));
    const to = stop === null ? items.length : clamp(asInteger(stop!));
    const at = items.findIndex((item, at) =>
      at >= clamp(asInteger(start!)) && at < to && equals(item, value!)
    );
    if (at >= 0) return BigInt(at);
    throw new PythonFailure("ValueError", `${reprOf(value!)} is not in list`);
  },
  count: (list, given) => {
    const [value] = take("count", given, { value: REQUIRED });
    return BigInt([...iterate(list)].filter((item) => equals(item, value!)).length);
  },
};

/** Methods of lists alone. */
const listMethods: typeof sequenceMethods = {
  ...sequenceMethods,
  copy: (list, given) => {
    take("copy", given, {});
    return list;
  },
};

/** Methods of floats that are known. */
const floatMethods: Readonly<Record<string, (value: number) => Value>> = {
  is_integer: (value) => Number.isInteger(value),
};

/** Attributes of ranges that are no methods. */
const rangeFields: Readonly<Record<string, (range: Range) => Value>> = {
  start: ({ start }) => start,
  stop: ({ stop }) => stop,
  step: ({ step }) => step,
};

/** Methods that would change a value, which the sandbox withholds. */
const mutators: Readonly<Record<string, readonly string[]>> = {
  dict: ["clear", "pop", "popitem", "setdefault", "update"],
  list: ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"],
};

/** Attributes that Python has, and this engine does not. */
const others: Readonly<Record<string, readonly string[]>> = {
  dict: ["fromkeys"],
  int: ["real", "imag", "numerator", "denominator", "bit_length", "bit_count", "conjugate"],
  bool: ["real", "imag", "numerator", "denominator", "bit_length", "bit_count", "conjugate"],
  float: ["real", "imag", "conjugate", "hex", "fromhex", "as_integer_ratio"],
  dict_keys: ["isdisjoint", "mapping"],
  dict_items: ["isdisjoint", "mapping"],
  dict_values: ["mapping"],
  generator: ["send", "throw", "close"],
};

/** What every object of Python has, or those of this type. */
function isInternal(object: Value, name: string): boolean {
  if (commonInternals.has(name)) return true;
  const sized = itemsOf(object) !== undefined || object instanceof Dict ||
    textOf(object) !== undefined;
  if (sized) return ["__len__", "__getitem__", "__contains__", "__iter__"].includes(name);
  return integerOf(object) !== undefined && ["__int__", "__float__", "__index__"].includes(name);
}

/** What every object of Python has. */
const commonInternals = new Set([
  "__class__",
  "__dir__",
  "__doc__",
  "__eq__",
  "__format__",
  "__ge__",
  "__getattribute__",
  "__gt__",
  "__hash__",
  "__init__",
  "__init_subclass__",
  "__le__",
  "__lt__",
  "__ne__",
  "__new__",
  "__reduce__",
  "__reduce_ex__",
  "__repr__",
  "__setattr__",
  "__delattr__",
  "__sizeof__",
  "__str__",
  "__subclasshook__",
]);

/** Prints nothing, and fails at any use, as the sandbox has it. */
function unsafe(object: Value, name: string): Undefined {
  return new Undefined(
    `access to attribute '${name}' of '${typeName(object)}' object is unsafe.`,
    true,
  );
}
