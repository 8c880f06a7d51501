/**
 * Numbers rounded to 8 bits, row by row, and products of them.
 *
 * @module
 */

import type { Value } from "../value.ts";
import { apply, graphOf } from "./apply.ts";
import { add, max, mul } from "./arithmetic.ts";
import { neg } from "./functions.ts";
import { expand, reshape, shapeOf } from "./layout.ts";
import { reduceMax, reduceMin, reduceSum } from "./reduce.ts";

/** Rows as whole numbers: `(numbers - 128) * scales` is about what they were. */
export interface QuantizedRows {
  /** `uint8[rows, columns]`, in which 128 stands for 0 */
  readonly numbers: Value;
  /** `float32[rows, 1]` */
  readonly scales: Value;
}

/** Stands for 0 in uint8, so that negative numbers and positive ones have the same range. */
const ZERO = 128;
/** The largest whole number on either side of it. */
const LARGEST = 127;
/** So that a row of zeros is divided by something. */
const LEAST_SCALE = 1e-30;

/**
 * Rounds each row by a scale of its own, so that it does not depend on the rows beside it: its largest number
 * by magnitude becomes 127 or -127. A row with a number that is not finite has a scale that is not finite,
 * which its products inherit: onnxruntime's ReduceMax passes over NaN, and its QuantizeLinear makes a whole
 * number of it, but a sum hides none.
 *
 * @param x `float32[rows, columns]`
 */
export function quantizeRows(x: Value): QuantizedRows {
  const graph = graphOf([x]);
  const magnitudes = max(reduceMax(x, [1], { keep: true }), neg(reduceMin(x, [1], { keep: true })));
  const poison = mul(reduceSum(x, [1], { keep: true }), 0);
  const scales = add(mul(max(magnitudes, LEAST_SCALE), 1 / LARGEST), poison);
  const perRow = reshape(scales, [{ rest: `${x.dim(0)}` }]);
  const zero = graph.root.constant({ dtype: "uint8", shape: [1], data: [ZERO] });
  const zeros = expand(zero, [{ name: `${x.dim(0)}`, value: shapeOf(perRow) }]);
  const numbers = apply("QuantizeLinear", [x, perRow, zeros], { attributes: { axis: { int: 0 } } });
  return { numbers, scales };
}

/**
 * The product of quantised rows with a matrix of whole numbers, in float32: sums of integers, which are exact,
 * times the scale of the row and that of the column.
 *
 * @param weight `int8[inner, columns]`; where processors lack instructions for such products, sums over the inner
 * indices 2i and 2i + 1 are kept in 16 bits, which two numbers of one sign overflow that add up to more than 128
 * @param scales of the columns, `float32[columns]`
 * @returns `float32[rows, columns]`
 */
export function integerProduct(
  { numbers, scales: ofRows }: QuantizedRows,
  weight: Value,
  scales: Value,
): Value {
  const graph = graphOf([numbers]);
  const inputs = [
    numbers,
    weight,
    graph.scalar("float32", 1),
    scales,
    graph.scalar("uint8", ZERO),
  ];
  return mul(apply("MatMulIntegerToFloat", inputs), ofRows);
}
