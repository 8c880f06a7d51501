/**
 * Shape rules of matrix products and of what works on whole rows.
 *
 * @module
 */

import { agreed, agreedShape, broadcast } from "../broadcast.ts";
import type { Dim, Facts, Shape, Value } from "../value.ts";
import { type Application, expect, input, integer, type ShapeRule } from "./rule.ts";

/** Two matrices, each perhaps transposed, and perhaps a bias that broadcasts to their product. */
export function gemm(application: Application): ReturnType<ShapeRule> {
  const [a, b] = [input(application, 0, "float"), input(application, 1, "float")];
  const bias = application.inputs[2];
  expect(application, a.rank === 2 && b.rank === 2, "it multiplies matrices");
  expect(application, a.dtype === b.dtype, "its element types differ");
  const [rows, inner] = turned(a, integer(application, "transA", 0) === 1);
  const [innerToo, columns] = turned(b, integer(application, "transB", 0) === 1);
  expect(application, agreed(inner, innerToo) !== undefined, "its inner extents differ");
  const shape: Shape = [rows, columns];
  if (bias !== undefined) {
    const whole = bias.dtype === a.dtype ? broadcast(bias.shape, shape) : undefined;
    const fits = whole !== undefined && agreedShape(whole, shape) !== undefined;
    expect(application, fits, "its bias does not broadcast to the product");
  }
  return [{ dtype: a.dtype, shape }];
}

function turned(matrix: Value, transposed: boolean): readonly [Dim, Dim] {
  const [rows, columns] = [matrix.dim(0), matrix.dim(1)];
  return transposed ? [columns, rows] : [rows, columns];
}

/** The last two axes multiply, those before broadcast. */
export function matmul(application: Application): ReturnType<ShapeRule> {
  const [a, b] = [input(application, 0, "number"), input(application, 1, "number")];
  expect(application, a.rank >= 2 && b.rank >= 2, "it multiplies matrices");
  expect(application, a.dtype === b.dtype, "its element types differ");
  expect(application, agreed(a.dim(-1), b.dim(-2)) !== undefined, "its inner extents differ");
  const outer = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  expect(application, outer !== undefined, "its outer shapes do not broadcast");
  return [{ dtype: a.dtype, shape: [...outer, a.dim(-2), b.dim(-1)] }];
}

/** Normalised rows, then two optional outputs: their means and what they were multiplied with. */
export function layerNormalization(application: Application): ReturnType<ShapeRule> {
  const [{ dtype, shape }] = normalization(application);
  const statistics: Facts = { dtype: "float32", shape: shape.with(-1, 1) };
  return [{ dtype, shape }, statistics, statistics];
}

/** An input, its weight and perhaps its bias, both along the last axis. */
export function normalization(application: Application): readonly [Facts] {
  const { dtype, shape, rank } = input(application, 0, "float");
  expect(application, rank >= 1, "it works along the last axis");
  input(application, 1);
  for (const each of application.inputs.slice(1)) {
    const fits = each === undefined || each.dtype === dtype &&
        agreedShape(each.shape, shape.slice(-1)) !== undefined;
    expect(application, fits, "its weight or bias does not match the last axis");
  }
  return [{ dtype, shape }];
}

/** `[batch, tokens, heads * width]`, a position per token, and tables `[positions, rotated / 2]`. */
export function rotary(application: Application): ReturnType<ShapeRule> {
  const { dtype, shape, rank } = input(application, 0, "float");
  const rows = input(application, 1, "index");
  expect(application, rank === 3, "it rotates [batch, tokens, columns]");
  expect(
    application,
    rows.dtype === "int64" && agreedShape(rows.shape, shape.slice(0, 2)) !== undefined,
    "its positions must be int64, one per token",
  );
  const heads = integer(application, "num_heads");
  const width = typeof shape[2] === "number" ? shape[2] / heads : undefined;
  const rotated = integer(application, "rotary_embedding_dim", 0) || width;
  expect(
    application,
    width === undefined || Number.isInteger(width) && (rotated ?? 0) <= width,
    `it cannot rotate ${rotated} columns of each of ${heads} heads`,
  );
  for (const table of [input(application, 2), input(application, 3)]) {
    const half = table.shape[1] ?? 0;
    const known = rotated !== undefined && typeof half === "number";
    const fits = table.dtype === dtype && table.rank === 2 && (!known || half * 2 === rotated);
    expect(
      application,
      fits,
      `its tables must hold half of what rotates of each of ${heads} heads`,
    );
  }
  return [{ dtype, shape }];
}
