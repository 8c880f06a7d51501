/**
 * `"{} of {name}".format(...)`: Python's brace formatting, for fields with the usual format specs.
 *
 * @module
 */

import { getAttribute, getItem } from "./attributes.ts";
import type { Budget } from "./budget.ts";
import { exponentText, fixedText, floatText, generalText } from "./decimal.ts";
import { EngineFailure, PythonFailure, typeError } from "./failure.ts";
import { reprOf, textFor } from "./python_text.ts";
import { charactersOf } from "./sequences.ts";
import { type Arguments, integerOf, textOf, typeName, type Value } from "./values.ts";

/** The widest field, in characters. */
const WIDEST = 1_000_000;

/** Formats a text. @throws {PythonFailure} as Python; {@linkcode EngineFailure} for rare specs */
export function braceFormat(template: string, given: Arguments, budget: Budget): string {
  let automatic = 0;
  const valueOf = (field: string): Value => {
    const [, first = "", rest = ""] = /^([^.[]*)(.*)$/s.exec(field) ?? [];
    const key = first === "" ? String(automatic++) : first;
    const value = /^\d+$/.test(key) ? given.positional[Number(key)] : given.named.get(key);
    if (value === undefined) {
      throw /^\d+$/.test(key)
        ? new PythonFailure("IndexError", "Replacement index out of range")
        : new PythonFailure("KeyError", reprOf(key));
    }
    return follow(value, rest, budget);
  };
  const pattern = /\{\{|\}\}|\{([^{}!:]*)(?:!([^{}:]*))?(?::([^{}]*))?\}|[{}]/g;
  const text = template.replace(pattern, (all, field, conversion, spec = "") => {
    if (all === "{{" || all === "}}") return all[0]!;
    if (field === undefined) throw braces(all);
    const value = valueOf(field);
    if (conversion === undefined) return formatted(value, spec);
    if (conversion === "s") return formatted(textFor(value), spec);
    if (conversion === "r") return formatted(reprOf(value), spec);
    throw new PythonFailure("ValueError", `Unknown conversion specifier ${conversion}`);
  });
  budget.make(text.length);
  return text;
}

/** A brace that opens or closes no field. */
function braces(found: string): Error {
  if (found === "{") throw new EngineFailure("fields within the specs of fields are not known");
  return new PythonFailure("ValueError", "Single '}' encountered in format string");
}

/** The attributes and items that a field names behind its value, as in `{0.name[key]}`. */
function follow(start: Value, path: string, budget: Budget): Value {
  let value = start;
  for (const [, name, key] of path.matchAll(/\.([^.[]+)|\[([^\]]+)\]/g)) {
    if (name !== undefined) value = getAttribute(value, name, budget);
    else value = getItem(value, /^\d+$/.test(key!) ? BigInt(key!) : key!, budget);
  }
  return value;
}

/** `format(value, spec)` */
// `[[fill]align][sign][#][0][width][grouping][.precision][type]`
function formatted(value: Value, spec: string): string {
  if (spec === "") return textFor(value);
  const parsed = /^(?:([^])?([<>=^]))?([-+ ]?)(#?)(0?)(\d*)([,_]?)(?:\.(\d+))?([a-zA-Z%]?)$/u.exec(
    spec,
  );
  if (parsed === null) throw new PythonFailure("ValueError", "Invalid format specifier");
  const [, fill, align, sign = "", alternate, zero, width, group = "", precision, type = ""] =
    parsed;
  if (alternate !== "") throw new EngineFailure("the alternate form of fields is not known");
  const wide = Number(width || "0");
  if (wide > WIDEST) throw new EngineFailure(`no field is wider than ${WIDEST}`);
  const isNumber = typeof value === "number" || integerOf(value) !== undefined;
  if (!isNumber && textOf(value) === undefined) {
    throw typeError(`unsupported format string passed to ${typeName(value)}.__format__`);
  }
  if (!isNumber && (!["", "s"].includes(type) || sign !== "" || group !== "" || align === "=")) {
    throw new PythonFailure("ValueError", "Invalid format specifier for object of type 'str'");
  }
  const places = precision === undefined ? undefined : Number(precision);
  const body = isNumber
    ? numberField(value, { type, places, sign, group })
    : charactersOf(textOf(value)!).slice(0, places).join("");
  // A zero before the width fills with zeros, behind the sign of a number.
  const filler = fill ?? (zero === "0" ? "0" : " ");
  return aligned(body, {
    filler,
    width: wide,
    align: align ?? (!isNumber ? "<" : zero === "0" ? "=" : ">"),
  });
}

/** A number by its type letter, with its sign and with digits in groups of three. */
function numberField(
  value: Value,
  { type, places, sign, group }: {
    type: string;
    places: number | undefined;
    sign: string;
    group: string;
  },
): string {
  const whole = integerOf(value);
  const number = typeof value === "number" ? value : Number(whole);
  const write: Record<string, () => string> = {
    d: () => wholeText(whole, 10),
    x: () => wholeText(whole, 16),
    X: () => wholeText(whole, 16).toUpperCase(),
    o: () => wholeText(whole, 8),
    b: () => wholeText(whole, 2),
    f: () => fixedText(number, places ?? 6),
    F: () => fixedText(number, places ?? 6).toUpperCase(),
    e: () => exponentText(number, places ?? 6),
    E: () => exponentText(number, places ?? 6).toUpperCase(),
    g: () => generalText(number, places ?? 6),
    "%": () => `${fixedText(number * 100, places ?? 6)}%`,
    "": () => {
      if (whole !== undefined) return wholeText(whole, 10);
      if (places === undefined) return floatText(number);
      throw new EngineFailure("a precision without a type is not known");
    },
  };
  const text = write[type]?.();
  if (text === undefined) throw new PythonFailure("ValueError", `Unknown format code '${type}'`);
  const grouped = group === ""
    ? text
    : text.replace(/^-?\d+/, (digits) => digits.replace(/(?<=\d)(?=(?:\d{3})+$)/g, group));
  return grouped.startsWith("-") || sign === "-" ? grouped : sign + grouped;
}

/** A whole number in a base; floats have none. */
function wholeText(value: bigint | undefined, base: number): string {
  if (value === undefined) throw new PythonFailure("ValueError", "Unknown format code for float");
  return value.toString(base);
}

/** A text in a field of a width; `=` fills between sign and digits. */
function aligned(
  text: string,
  { filler, width, align }: { filler: string; width: number; align: string },
): string {
  const missing = Math.max(0, width - charactersOf(text).length);
  const fill = (count: number) => filler.repeat(count);
  if (align === "<") return text + fill(missing);
  if (align === ">") return fill(missing) + text;
  if (align === "^") return fill(missing >> 1) + text + fill(missing - (missing >> 1));
  return text.replace(/^[-+ ]?/, (sign) => sign + fill(missing));
}
