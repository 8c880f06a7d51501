/**
 * Shape rules of quantised numbers and of products of them.
 *
 * @module
 */

import { agreed, agreedShape } from "../broadcast.ts";
import type { Dtype, Shape } from "../value.ts";
import { type Application, expect, input, type ShapeRule } from "./rule.ts";

/** Rows of float32, with a scale and a zero point for each. */
export function quantizeLinear(application: Application): ReturnType<ShapeRule> {
  const x = input(application, 0, "float");
  expect(application, x.dtype === "float32" && x.rank === 2, "it quantises rows of float32");
  expectInput(application, { at: 1, dtype: "float32", shape: x.shape.slice(0, 1) });
  expectInput(application, { at: 2, dtype: "uint8", shape: x.shape.slice(0, 1) });
  return [{ dtype: "uint8", shape: x.shape }];
}

/** Matrices of uint8 and int8; the scale of the first is one number, the second has one per column. */
export function integerProduct(application: Application): ReturnType<ShapeRule> {
  const [a, b] = [input(application, 0, "number"), input(application, 1, "number")];
  const matrices = a.dtype === "uint8" && b.dtype === "int8" && a.rank === 2 && b.rank === 2;
  expect(application, matrices, "it multiplies a matrix of uint8 with one of int8");
  expect(application, agreed(a.dim(1), b.dim(0)) !== undefined, "its inner extents differ");
  expectInput(application, { at: 2, dtype: "float32", shape: [] });
  expectInput(application, { at: 3, dtype: "float32", shape: b.shape.slice(1) });
  expectInput(application, { at: 4, dtype: "uint8", shape: [] });
  return [{ dtype: "float32", shape: [a.dim(0), b.dim(1)] }];
}

function expectInput(
  application: Application,
  { at, dtype, shape }: { at: number; dtype: Dtype; shape: Shape },
): void {
  const value = input(application, at);
  const fits = value.dtype === dtype && agreedShape(value.shape, shape) !== undefined;
  expect(application, fits, `its input ${at} must be ${dtype}[${shape.join(", ")}]`);
}
