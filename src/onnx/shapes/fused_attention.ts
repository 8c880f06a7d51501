/**
 * Shape rules of attention in one operator.
 *
 * @module
 */

import { agreedShape } from "../broadcast.ts";
import type { Dim, Value } from "../value.ts";
import { type Application, expect, input, integer, type ShapeRule } from "./rule.ts";

/**
 * Queries, keys and values of texts side by side, where each text ends, and how long the longest is; the result, and
 * the keys and values head by head.
 */
export function groupQueryAttention(application: Application): ReturnType<ShapeRule> {
  const [queries, keys, values] = [0, 1, 2].map((i) => input(application, i, "float"));
  const [heads, kvHeads] = [
    integer(application, "num_heads"),
    integer(application, "kv_num_heads"),
  ];
  const width = widthOf(queries!, heads);
  const fits = width !== undefined && [[queries!, heads], [keys!, kvHeads], [values!, kvHeads]]
    .every(([value, count]) => isLaidOut(value as Value, queries!, count as number * width));
  expect(application, fits, `its inputs are not ${heads} heads on ${kvHeads}`);
  expect(application, width % 8 === 0, "the width of its heads is no multiple of 8");
  const [texts, longest] = queries!.shape as readonly [Dim, Dim];
  expectIntegers(application, 5, texts);
  expectIntegers(application, 6, 1);
  const { dtype } = queries!;
  const present = { dtype, shape: [texts, kvHeads, longest, width] };
  return [{ dtype, shape: queries!.shape }, present, present];
}

function widthOf({ rank, shape: [, , columns] }: Value, heads: number): number | undefined {
  return rank === 3 && typeof columns === "number" ? columns / heads : undefined;
}

/** Whether a value has as many texts and places as the queries have, and so many columns. */
function isLaidOut(value: Value, queries: Value, columns: number): boolean {
  const shape = [...queries.shape.slice(0, 2), columns];
  return value.dtype === queries.dtype && agreedShape(value.shape, shape) !== undefined;
}

function expectIntegers(application: Application, index: number, extent: Dim): void {
  const { dtype, shape } = input(application, index, "index");
  const fits = dtype === "int32" && agreedShape(shape, [extent]) !== undefined;
  expect(application, fits, `its input ${index} must be int32[${extent}]`);
}
