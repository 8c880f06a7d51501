/**
 * Shape rules of operators that go element by element.
 *
 * @module
 */

import { broadcast } from "../broadcast.ts";
import { dtypeCodes, type Kind } from "../dtypes.ts";
import type { Dtype, Shape } from "../value.ts";
import { type Application, expect, input, integer, type ShapeRule } from "./rule.ts";

/** One input, and an output like it. */
export function unary(kind: Kind): ShapeRule {
  return (application) => {
    const { dtype, shape } = input(application, 0, kind);
    return [{ dtype, shape }];
  };
}

/** Two inputs of one element type, which the output has too. */
export function arithmetic(kind: Kind): ShapeRule {
  return (application) => [together(application, [0, 1], kind)];
}

/** Two inputs of one element type, and a yes or no for every pair. */
export function comparison(kind: Kind): ShapeRule {
  return (application) => [{
    dtype: "bool",
    shape: together(application, [0, 1], kind).shape,
  }];
}

/** A condition, and two inputs of one element type. */
export function where(application: Application): ReturnType<ShapeRule> {
  const condition = input(application, 0, "bool");
  const { dtype, shape } = together(application, [1, 2], "any");
  return [{ dtype, shape: broadcasted(application, condition.shape, shape) }];
}

/** The target is an attribute. */
export function cast(application: Application): ReturnType<ShapeRule> {
  const { shape } = input(application, 0);
  const code = integer(application, "to");
  const found = Object.entries(dtypeCodes).find(([, each]) => each === code);
  expect(application, found !== undefined, `${code} is no element type`);
  return [{ dtype: found[0] as Dtype, shape }];
}

function together(
  application: Application,
  [first, second]: readonly [number, number],
  kind: Kind,
): { dtype: Dtype; shape: Shape } {
  const [a, b] = [input(application, first, kind), input(application, second, kind)];
  expect(application, a.dtype === b.dtype, "its element types differ");
  return { dtype: a.dtype, shape: broadcasted(application, a.shape, b.shape) };
}

function broadcasted(application: Application, a: Shape, b: Shape): Shape {
  const shape = broadcast(a, b);
  expect(application, shape !== undefined, "its shapes do not broadcast");
  return shape;
}
