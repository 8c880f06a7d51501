/**
 * Reads the arguments of a call by the names of its parameters.
 *
 * @module
 */

import { PythonFailure, typeError } from "./failure.ts";
import { type Arguments, integerOf, textOf, typeName, type Value } from "./values.ts";

/** Marks a parameter that must be given. */
export const REQUIRED: unique symbol = Symbol("required");

/** The parameters of a function in their order, each with its default. */
export type Parameters = Readonly<Record<string, Value | typeof REQUIRED>>;

/**
 * The value of every parameter.
 *
 * @throws {PythonFailure} where one is missing, unknown or given twice
 */
export function take(name: string, given: Arguments, parameters: Parameters): Value[] {
  const names = Object.keys(parameters);
  if (given.positional.length > names.length) {
    const most = names.length;
    throw typeError(`${name}() takes at most ${most} arguments (${given.positional.length} given)`);
  }
  for (const key of given.named.keys()) {
    const at = names.indexOf(key);
    if (at < 0) throw typeError(`${name}() got an unexpected keyword argument '${key}'`);
    if (at < given.positional.length) {
      throw typeError(`${name}() got multiple values for argument '${key}'`);
    }
  }
  return names.map((key, at) => {
    const value = at < given.positional.length ? given.positional[at] : given.named.get(key);
    const preset = parameters[key];
    if (value !== undefined) return value;
    if (preset !== REQUIRED && preset !== undefined) return preset;
    throw typeError(`${name}() missing required argument: '${key}'`);
  });
}

/** A text. */
export function asText(value: Value): string {
  const text = textOf(value);
  if (text !== undefined) return text;
  throw typeError(`expected str, got ${typeName(value)}`);
}

/** A whole number. */
export function asInteger(value: Value): bigint {
  const integer = integerOf(value);
  if (integer !== undefined) return integer;
  throw typeError(`'${typeName(value)}' object cannot be interpreted as an integer`);
}

/** A whole number to count with, as C does: of 64 bits. One too large to be exact is too large to be reached. */
export function asCount(value: Value): number {
  const count = asInteger(value);
  if (BigInt.asIntN(64, count) === count) return Number(count);
  throw new PythonFailure("OverflowError", "Python int too large to convert to C ssize_t");
}

/** Arguments by position alone. */
export function positional(...values: Value[]): Arguments {
  return { positional: values, named: new Map() };
}
