/**
 * `"%s of %d" % values`: Python's printf-style formatting.
 *
 * @module
 */

import { exponentText, fixedText, generalText } from "./decimal.ts";
import { EngineFailure, PythonFailure, typeError } from "./failure.ts";
import { reprOf, textFor } from "./python_text.ts";
import { charactersOf } from "./sequences.ts";
import { Dict, integerOf, textOf, Tuple, typeName, Undefined, type Value } from "./values.ts";

const specifier =
  /%(?:\(((?:[^()]|\([^()]*\))*)\))?([-#0 +]*)(\*|\d+)?(?:\.(\*|\d*))?[hlL]?([^]?)/gu;

/** The widest field. */
const WIDEST = 1_000_000;

/**
 * @param values a tuple, a dict for named fields, or one value
 * @param text how `%s` writes a value; that of escaped text escapes it. @default `str`
 * @throws {PythonFailure} where values and fields do not match
 */
export function percentFormat(
  template: string,
  values: Value,
  text: (value: Value) => string = textFor,
): string {
  const fields = new Fields(values);
  const written = template.replace(specifier, (_, key, flags, width, precision, conversion) => {
    if (conversion === "%" && key === undefined) return "%";
    const wide = sizeOf(width, fields);
    const precise = precision === undefined ? undefined : sizeOf(precision || "0", fields) ?? 0;
    if (conversion === "") throw new PythonFailure("ValueError", "incomplete format");
    const value = key === undefined ? fields.next() : fields.named(key);
    const field = {
      left: flags.includes("-") || (wide ?? 0) < 0,
      zeros: flags.includes("0"),
      alternate: flags.includes("#"),
      plus: flags.includes("+") ? "+" : flags.includes(" ") ? " " : "",
      width: Math.abs(wide ?? 0),
      precision: precise,
    };
    return padded(convert(conversion, value, { field, text }), field, conversion);
  });
  fields.finish();
  return written;
}

/** What a field asks for. */
interface Field {
  readonly left: boolean;
  readonly zeros: boolean;
  readonly alternate: boolean;
  /** What stands before a number that is not negative. */
  readonly plus: string;
  readonly width: number;
  readonly precision: number | undefined;
}

/** The values, taken in turn or by name. */
class Fields {
  readonly #values: Value;
  #taken = 0;

  constructor(values: Value) {
    this.#values = values;
  }

  next(): Value {
    const values = this.#values;
    const value = values instanceof Tuple ? values.items[this.#taken] : this.#single();
    if (value === undefined) throw typeError("not enough arguments for format string");
    this.#taken++;
    return value;
  }

  named(key: string): Value {
    if (!(this.#values instanceof Dict)) throw typeError("format requires a mapping");
    const value = this.#values.get(key);
    if (value === undefined) throw new PythonFailure("KeyError", reprOf(key));
    this.#taken++;
    return value;
  }

  finish(): void {
    const values = this.#values;
    const left = values instanceof Tuple
      ? this.#taken < values.items.length
      : this.#taken === 0 && textOf(values) !== undefined;
    // Python lets a list or a dict go unused, which might be there for named fields.
    const counted = values instanceof Dict || Array.isArray(values) || values instanceof Undefined;
    if (left || (this.#taken === 0 && !counted && !(values instanceof Tuple))) {
      throw typeError("not all arguments converted during string formatting");
    }
  }

  #single(): Value | undefined {
    return this.#taken === 0 ? this.#values : undefined;
  }
}

/** A width or precision, which `*` takes from the values. */
function sizeOf(written: string | undefined, fields: Fields): number | undefined {
  if (written === undefined) return undefined;
  const size = written === "*" ? integerOf(fields.next()) : BigInt(written);
  if (size === undefined) throw typeError("* wants int");
  if (size > WIDEST || size < -WIDEST) throw new EngineFailure(`no field is wider than ${WIDEST}`);
  return Number(size);
}

/** A value by the letter of its field. */
function convert(
  conversion: string,
  value: Value,
  { field, text }: { field: Field; text: (value: Value) => string },
): string {
  switch (conversion) {
    case "s":
      return cut(text(value), field);
    case "r":
    case "a":
      return cut(conversion === "r" ? reprOf(value) : ascii(reprOf(value)), field);
    case "c":
      return character(value);
    case "d":
    case "i":
    case "u":
      return wholeText(truncated(value, conversion), field);
    case "x":
    case "X":
    case "o":
      return basedText(conversion, value, field);
    case "f":
    case "F":
    case "e":
    case "E":
    case "g":
    case "G":
      return floatField(conversion, value, field);
  }
  throw new PythonFailure("ValueError", `unsupported format character '${conversion}'`);
}

/** Texts are cut at the precision. */
function cut(text: string, { precision }: Field): string {
  return precision === undefined ? text : charactersOf(text).slice(0, precision).join("");
}

/** `%a` escapes what is not ASCII. */
function ascii(text: string): string {
  // deno-lint-ignore no-control-regex -- what is not ASCII
  return text.replace(/[^\x00-\x7f]/gu, (character) => {
    const point = character.codePointAt(0)!;
    const digits = point.toString(16);
    if (point <= 0xff) return `\\x${digits}`;
    return point <= 0xffff ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
  });
}

/** `%c` takes a code point or one character. */
function character(value: Value): string {
  const point = integerOf(value);
  if (point !== undefined) {
    if (point < 0n || point > 0x10ffffn) {
      throw new PythonFailure("OverflowError", "%c arg not in range(0x110000)");
    }
    return String.fromCodePoint(Number(point));
  }
  const text = textOf(value);
  if (text !== undefined && charactersOf(text).length === 1) return text;
  throw typeError("%c requires int or char");
}

/** Floats lose what stands behind the point. */
function truncated(value: Value, conversion: string): bigint {
  const whole = integerOf(value);
  if (whole !== undefined) return whole;
  if (typeof value === "number") {
    if (Number.isFinite(value)) return BigInt(Math.trunc(value));
    throw new PythonFailure(
      Number.isNaN(value) ? "ValueError" : "OverflowError",
      "cannot convert float to integer",
    );
  }
  throw typeError(`%${conversion} format: a real number is required, not ${typeName(value)}`);
}

function wholeText(value: bigint, { precision = 0, plus }: Field): string {
  const digits = String(value < 0n ? -value : value).padStart(precision, "0");
  return (value < 0n ? "-" : plus) + digits;
}

function basedText(conversion: string, value: Value, field: Field): string {
  const whole = integerOf(value);
  if (whole === undefined) {
    throw typeError(`%${conversion} format: an integer is required, not ${typeName(value)}`);
  }
  const base = conversion === "o" ? 8 : 16;
  const digits = (whole < 0n ? -whole : whole).toString(base).padStart(field.precision ?? 0, "0");
  const prefix = field.alternate ? `0${conversion.toLowerCase()}` : "";
  const text = prefix + digits;
  return (whole < 0n ? "-" : field.plus) + (conversion === "X" ? text.toUpperCase() : text);
}

function floatField(conversion: string, value: Value, field: Field): string {
  const number = typeof value === "number" ? value : Number(integerOf(value) ?? NaN);
  if (typeof value !== "number" && integerOf(value) === undefined) {
    throw typeError(`must be real number, not ${typeName(value)}`);
  }
  const { precision = 6, alternate, plus } = field;
  const kind = conversion.toLowerCase();
  const text = kind === "f"
    ? fixedText(number, precision)
    : kind === "e"
    ? exponentText(number, precision)
    : generalText(number, precision, alternate);
  const signed = text.startsWith("-") ? text : plus + text;
  return kind === conversion ? signed : signed.toUpperCase();
}

/** A field is filled with spaces, or with zeros behind the sign of a number. */
function padded(text: string, { width, left, zeros }: Field, conversion: string): string {
  const missing = width - charactersOf(text).length;
  if (missing <= 0) return text;
  if (left) return text + " ".repeat(missing);
  if (!zeros || /[src%a]/.test(conversion) || /inf|nan/i.test(text)) {
    return " ".repeat(missing) + text;
  }
  return text.replace(/^([-+ ]?(?:0[xXoO])?)/, `$1${"0".repeat(missing)}`);
}
