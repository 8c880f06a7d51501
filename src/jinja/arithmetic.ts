/**
 * Python's operators on numbers, texts and lists.
 *
 * @module
 */

import type { Budget } from "./budget.ts";
import { EngineFailure, PythonFailure, typeError } from "./failure.ts";
import { escaped } from "./html.ts";
import { percentFormat } from "./percent_format.ts";
import {
  integerOf,
  isList,
  Markup,
  textOf,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from "./values.ts";

/** Bits of the largest whole number. */
const WIDEST = 65_536;
const LARGEST = 2n ** BigInt(WIDEST);

/**
 * `left operator right`
 *
 * @throws {PythonFailure} where Python knows no such operation on the two types
 */
export function operate(
  operator: string,
  operands: readonly [Value, Value],
  budget: Budget,
): Value {
  const [left, right] = operands;
  if (left instanceof Undefined) throw left.fail();
  const template = operator === "%" ? textOf(left) : undefined;
  if (template === undefined && right instanceof Undefined) throw right.fail();
  const onNumbers = numeric(operator, left, right);
  if (onNumbers !== undefined) return onNumbers;
  if (operator === "+") return joined(left, right, budget) ?? unsupported(operator, left, right);
  if (operator === "*") return repeated(left, right, budget) ?? unsupported(operator, left, right);
  if (template === undefined) return unsupported(operator, left, right);
  const text = percentFormat(template, right, left instanceof Markup ? escaped : undefined);
  budget.make(text.length);
  return left instanceof Markup ? new Markup(text) : text;
}

/** `+value` and `-value` */
export function withSign(operator: "+" | "-", value: Value): Value {
  if (value instanceof Undefined) throw value.fail();
  const integer = integerOf(value);
  if (integer !== undefined) return operator === "-" ? -integer : integer;
  if (typeof value === "number") return operator === "-" ? -value : value;
  throw typeError(`bad operand type for unary ${operator}: '${typeName(value)}'`);
}

/** Undefined (JavaScript's) where one of the two is no number. */
function numeric(operator: string, left: Value, right: Value): Value | undefined {
  const [a, b] = [integerOf(left), integerOf(right)];
  if (a !== undefined && b !== undefined) return onIntegers[operator]?.(a, b);
  const [x, y] = [floatOf(left), floatOf(right)];
  return x === undefined || y === undefined ? undefined : onFloats[operator]?.(x, y);
}

/** Operators of whole numbers; booleans are whole numbers too. */
const onIntegers: Readonly<Record<string, (a: bigint, b: bigint) => Value>> = {
  "+": (a, b) => checked(a + b),
  "-": (a, b) => checked(a - b),
  "*": (a, b) => checked(a * b),
  "/": (a, b) => {
    if (b === 0n) throw zeroDivision("division by zero");
    return isSafe(a) && isSafe(b) ? Number(a) / Number(b) : quotient(a, b);
  },
  "//": (a, b) => {
    if (b === 0n) throw zeroDivision("integer division or modulo by zero");
    return (a - modulo(a, b)) / b;
  },
  "%": (a, b) => {
    if (b === 0n) throw zeroDivision("integer modulo by zero");
    return modulo(a, b);
  },
  "**": (a, b) => {
    if (b < 0n) return onFloats["**"]!(Number(a), Number(b));
    const bits = BigInt(a.toString(2).length) * b;
    if (bits > WIDEST) throw new EngineFailure(`no number may have more than ${WIDEST} bits`);
    return a ** b;
  },
};

/** Operators of floats, and of a float and a whole number. */
const onFloats: Readonly<Record<string, (x: number, y: number) => Value>> = {
  "+": (x, y) => x + y,
  "-": (x, y) => x - y,
  "*": (x, y) => x * y,
  "/": (x, y) => {
    if (y === 0) throw zeroDivision("float division by zero");
    return x / y;
  },
  "//": (x, y) => {
    if (y === 0) throw zeroDivision("float floor division by zero");
    const quotient = (x - floatModulo(x, y)) / y;
    const floor = Math.floor(quotient);
    return quotient - floor > 0.5 ? floor + 1 : floor;
  },
  "%": (x, y) => {
    if (y === 0) throw zeroDivision("float modulo");
    return floatModulo(x, y);
  },
  "**": (x, y) => {
    if (x === 0 && y < 0) throw zeroDivision("0.0 cannot be raised to a negative power");
    if (x < 0 && !Number.isInteger(y)) throw new EngineFailure("complex numbers are not known");
    const power = x ** y;
    if (Number.isFinite(power) || !Number.isFinite(x) || !Number.isFinite(y)) return power;
    throw new PythonFailure("OverflowError", "(34, 'Numerical result out of range')");
  },
};

/** Two texts, lists or tuples behind each other; undefined for anything else. */
function joined(left: Value, right: Value, budget: Budget): Value | undefined {
  const [text, more] = [textOf(left), textOf(right)];
  if (text !== undefined && more !== undefined) {
    budget.make(text.length + more.length);
    if (typeof left === "string" && typeof right === "string") return left + right;
    return new Markup(escaped(left) + escaped(right));
  }
  const [items, others] = isList(left) && isList(right)
    ? [left, right]
    : left instanceof Tuple && right instanceof Tuple
    ? [left.items, right.items]
    : [];
  if (items === undefined || others === undefined) return undefined;
  budget.makeItems(items.length + others.length);
  const all = [...items, ...others];
  return isList(left) ? all : new Tuple(all);
}

/** A text, list or tuple so many times; either operand may be the number. */
function repeated(left: Value, right: Value, budget: Budget): Value | undefined {
  const [value, times] = integerOf(right) === undefined ? [right, left] : [left, right];
  const count = integerOf(times);
  if (count === undefined) return undefined;
  const copies = Math.max(0, Number(count));
  const text = textOf(value);
  if (text !== undefined) {
    budget.make(copies * text.length);
    const all = text === "" ? "" : text.repeat(copies);
    return value instanceof Markup ? new Markup(all) : all;
  }
  const items = isList(value) ? value : value instanceof Tuple ? value.items : undefined;
  if (items === undefined) return undefined;
  budget.makeItems(copies * items.length);
  const all = Array.from({ length: copies * items.length }, (_, at) => items[at % items.length]!);
  return isList(value) ? all : new Tuple(all);
}

function unsupported(operator: string, left: Value, right: Value): never {
  if (operator === "+" && textOf(left) !== undefined) {
    throw typeError(`can only concatenate str (not "${typeName(right)}") to str`);
  }
  throw typeError(
    `unsupported operand type(s) for ${operator}: '${typeName(left)}' and '${typeName(right)}'`,
  );
}

/** The float nearest to `a / b`: 64 bits of it and whether there is more say where it rounds to. */
function quotient(a: bigint, b: bigint): number {
  const width = (value: bigint) => value.toString(2).length;
  const shift = 66 - width(a) + width(b);
  const [above, below] = shift >= 0 ? [a << BigInt(shift), b] : [a, b << BigInt(-shift)];
  const sticky = above % below === 0n ? 0n : (above < 0n) === (below < 0n) ? 1n : -1n;
  const value = Number(2n * (above / below) + sticky) * 2 ** (-shift - 1);
  if (Number.isFinite(value)) return value;
  throw new PythonFailure("OverflowError", "integer division result too large for a float");
}

/** The remainder that has the sign of the divisor. */
function modulo(a: bigint, b: bigint): bigint {
  const rest = a % b;
  return rest !== 0n && (rest < 0n) !== (b < 0n) ? rest + b : rest;
}

function floatModulo(x: number, y: number): number {
  const rest = x % y;
  if (rest === 0) return y < 0 ? -0 : 0;
  return (rest < 0) !== (y < 0) ? rest + y : rest;
}

function floatOf(value: Value): number | undefined {
  const integer = integerOf(value);
  if (integer !== undefined) return Number(integer);
  return typeof value === "number" ? value : undefined;
}

function checked(value: bigint): bigint {
  if (value < LARGEST && value > -LARGEST) return value;
  throw new EngineFailure(`no number may have more than ${WIDEST} bits`);
}

function isSafe(value: bigint): boolean {
  return Number.isSafeInteger(Number(value));
}

function zeroDivision(message: string): PythonFailure {
  return new PythonFailure("ZeroDivisionError", message);
}
