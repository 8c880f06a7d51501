/**
 * Filters that make a number.
 *
 * @module
 */

import { asCount, take } from "./arguments.ts";
import { operate, withSign } from "./arithmetic.ts";
import { rounded } from "./decimal.ts";
import { EngineFailure, PythonFailure, typeError } from "./failure.ts";
import type { Filter } from "./filters.ts";
import { stripped } from "./strip.ts";
import { integerOf, textOf, typeName, Undefined, type Value } from "./values.ts";

/** The filters by name. */
export const numberFilters: Readonly<Record<string, Filter>> = {
  abs: (value, given) => {
    take("abs", given, {});
    if (value instanceof Undefined) throw value.fail();
    const whole = integerOf(value);
    if (whole !== undefined) return whole < 0n ? -whole : whole;
    if (typeof value === "number") return Math.abs(value);
    throw typeError(`bad operand type for abs(): '${typeName(value)}'`);
  },
  int: (value, given) => {
    const [preset, base] = take("int", given, { default: 0n, base: 10n });
    if (value instanceof Undefined) throw value.fail();
    return wholeOf(value, asCount(base!)) ?? preset!;
  },
  float: (value, given) => {
    const [preset] = take("float", given, { default: 0 });
    if (value instanceof Undefined) throw value.fail();
    return floatOf(value) ?? preset!;
  },
  round: (value, given, { budget }) => {
    const [precision, method] = take("round", given, { precision: 0n, method: "common" });
    if (method !== "common" && method !== "ceil" && method !== "floor") {
      throw new PythonFailure("FilterArgumentError", "method must be common, ceil or floor");
    }
    if (value instanceof Undefined) throw value.fail();
    if (method === "common") return common(value, asCount(precision!));
    const scale = operate("**", [10n, precision!], budget);
    const product = operate("*", [value, scale], budget);
    const whole = integerOf(product) ?? wholeBelow(product, method);
    return operate("/", [whole, scale], budget);
  },
};

/** The whole number above or below a float. */
function wholeBelow(value: Value, method: "ceil" | "floor"): bigint {
  if (typeof value !== "number") throw typeError(`must be real number, not ${typeName(value)}`);
  if (Number.isFinite(value)) return BigInt(Math[method](value));
  throw new PythonFailure("OverflowError", "cannot convert float infinity to integer");
}

/** `round(value, places)` */
function common(value: Value, places: number): Value {
  if (typeof value === "number") return rounded(value, places);
  const whole = integerOf(withSign("+", value))!;
  if (places >= 0) return whole;
  const unit = 10n ** BigInt(Math.min(400, -places));
  const rest = ((whole % unit) + unit) % unit;
  const [low, twice] = [whole - rest, rest * 2n];
  const up = twice > unit || (twice === unit && (low / unit) % 2n !== 0n);
  return up ? low + unit : low;
}

/** `int(value)`, and where that fails `int(float(value))`; undefined where both do. */
function wholeOf(value: Value, base: number): bigint | undefined {
  const whole = integerOf(value);
  if (whole !== undefined) return whole;
  const text = textOf(value);
  if (text !== undefined) {
    const read = wholeIn(text, base);
    if (read !== undefined) return read;
  }
  const float = floatOf(value);
  return float === undefined || !Number.isFinite(float) ? undefined : BigInt(Math.trunc(float));
}

/** The whole number that a text writes, undefined where it writes none. */
function wholeIn(text: string, base: number): bigint | undefined {
  const trimmed = stripped(text, { left: true, right: true });
  const [, sign, digits = ""] = /^([-+]?)(.*)$/s.exec(trimmed) ?? [];
  if (base !== 10) {
    if (![2, 8, 16].includes(base)) throw new EngineFailure(`the base ${base} is not known`);
    const plain = digits.replace({ 2: /^0b/i, 8: /^0o/i, 16: /^0x/i }[base]!, "");
    const allowed = { 2: /^[01]+$/, 8: /^[0-7]+$/, 16: /^[\da-f]+$/i }[base]!;
    if (!allowed.test(plain)) return undefined;
    const value = BigInt(`${{ 2: "0b", 8: "0o", 16: "0x" }[base]}${plain}`);
    return sign === "-" ? -value : value;
  }
  if (!/^\d+(?:_\d+)*$/.test(digits) || digits.length > 4_300) return undefined;
  const value = BigInt(digits.replaceAll("_", ""));
  return sign === "-" ? -value : value;
}

/** `float(value)`, undefined where it fails. */
function floatOf(value: Value): number | undefined {
  if (typeof value === "number") return value;
  const whole = integerOf(value);
  if (whole !== undefined) return Number(whole);
  const text = textOf(value);
  if (text === undefined) return undefined;
  const trimmed = stripped(text, { left: true, right: true });
  if (/^[-+]?(?:\d+(?:_\d+)*)?\.?(?:\d+(?:_\d+)*)?(?:e[-+]?\d+(?:_\d+)*)?$/i.test(trimmed)) {
    const number = Number(trimmed.replaceAll("_", ""));
    return /\d/.test(trimmed) && !Number.isNaN(number) ? number : undefined;
  }
  const [, sign, word] = /^([-+]?)(inf|infinity|nan)$/i.exec(trimmed) ?? [];
  if (word === undefined) return undefined;
  return /nan/i.test(word) ? NaN : sign === "-" ? -Infinity : Infinity;
}
