/**
 * The element types of ONNX that weights may have, by their numbers in onnx.proto.
 *
 * @module
 */

import type { ListedDtype } from "../weights/checkpoint.ts";

/** `TensorProto.DataType`. Texts, 4-bit numbers and wide complex ones are not read. */
export const tensorTypes: ReadonlyMap<number, ListedDtype> = new Map([
  [1, "float32"],
  [2, "uint8"],
  [3, "int8"],
  [4, "uint16"],
  [5, "int16"],
  [6, "int32"],
  [7, "int64"],
  [9, "bool"],
  [10, "float16"],
  [11, "float64"],
  [12, "uint32"],
  [13, "uint64"],
  [14, "complex64"],
  [16, "bfloat16"],
]);
