/**
 * Shape rules of operators that go along an axis: running sums, and the largest entries.
 *
 * @module
 */

import { axisOf } from "../broadcast.ts";
import { type Application, constant, expect, input, integer, type ShapeRule } from "./rule.ts";

/** Running sums along an axis, which is given as a constant. */
export function cumulate(application: Application): ReturnType<ShapeRule> {
  const { dtype, shape, rank } = input(application, 0, "number");
  const [axis = 0] = constant(application, 1);
  axisOf(axis, rank);
  return [{ dtype, shape }];
}

/** A constant number of the largest entries of an axis, and where they stand. */
export function topK(application: Application): ReturnType<ShapeRule> {
  const { dtype, shape, rank } = input(application, 0, "number");
  const axis = axisOf(integer(application, "axis", -1), rank);
  const [count = 0] = constant(application, 1);
  const whole = shape[axis];
  expect(application, typeof whole === "string" || count <= (whole ?? 0), "it has fewer entries");
  const picked = shape.with(axis, count);
  return [{ dtype, shape: picked }, { dtype: "int64", shape: picked }];
}
