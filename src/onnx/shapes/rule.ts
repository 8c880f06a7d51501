/**
 * What shape rules have in common: what they are given, and how they refuse it.
 *
 * @module
 */

import type { Attributes } from "../graph.ts";
import { isOf, type Kind } from "../dtypes.ts";
import { describe, type Facts, type Shape, UNKNOWN, type Value } from "../value.ts";

/** An operator about to be applied. An absent optional input is `undefined`. */
export interface Application {
  readonly op: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Attributes;
}

/**
 * Element types and shapes of an operator's outputs.
 *
 * @throws {TypeError} where the operator cannot be applied
 */
export type ShapeRule = (application: Application) => readonly Facts[];

/** The input at `index`, of the given kind. */
export function input(application: Application, index: number, kind: Kind = "any"): Value {
  const value = application.inputs[index];
  expect(application, value !== undefined, `its input ${index} is missing`);
  expect(application, isOf(kind, value.dtype), `its input ${index} must be ${names[kind]}`);
  return value;
}

/** How messages call the kinds. */
const names: Readonly<Record<Kind, string>> = {
  float: "of floating-point numbers",
  signed: "of signed numbers",
  number: "of numbers",
  index: "int32 or int64",
  bool: "bool",
  any: "there",
};

/** @throws {TypeError} naming the operator, the reason and all inputs, unless `holds`. */
export function expect(
  { op, inputs }: Pick<Application, "op" | "inputs">,
  holds: boolean,
  reason: string,
): asserts holds {
  if (holds) return;
  const received = inputs.map((value) => value === undefined ? "-" : describe(value)).join(", ");
  throw new TypeError(`Cannot apply ${op} as ${reason}: received ${received || "nothing"}`);
}

/** An attribute that is an integer. */
export function integer(application: Application, name: string, otherwise?: number): number {
  const attribute = application.attributes[name];
  if (attribute !== undefined && "int" in attribute) return attribute.int;
  expect(application, otherwise !== undefined, `its attribute "${name}" is missing`);
  return otherwise;
}

/** The numbers of a constant; undefined for values that only the runtime knows. */
export function numbers(value: Value): readonly number[] | undefined {
  const constant = value.graph.constants.get(value);
  return constant === undefined ? undefined : [...constant.data];
}

/** The numbers of an input that must be a constant, for the shape depends on it. */
export function constant(application: Application, index: number): readonly number[] {
  const found = numbers(input(application, index, "index"));
  expect(application, found !== undefined, `its input ${index} must be a constant`);
  return found;
}

/** A shape given as a tensor: its numbers where constant, else as many unknowns as it has entries. */
export function extents(application: Application, index: number): Shape {
  const value = input(application, index, "index");
  const [rank] = value.shape;
  expect(
    application,
    value.rank === 1 && typeof rank === "number",
    `its input ${index} must be a vector of known length`,
  );
  return numbers(value) ?? Array.from({ length: rank }, () => UNKNOWN);
}
