/**
 * The element types of safetensors: their names in a header, and their sizes.
 *
 * @module
 */

import type { ListedDtype, ListedTensor, StoredDtype, StoredTensor } from "./checkpoint.ts";

/** The element types by their name in a header, with the bits of one element. */
export const elementTypes: ReadonlyMap<string, { dtype: ListedDtype; bits: number }> = new Map([
  ["F64", { dtype: "float64", bits: 64 }],
  ["F32", { dtype: "float32", bits: 32 }],
  ["F16", { dtype: "float16", bits: 16 }],
  ["BF16", { dtype: "bfloat16", bits: 16 }],
  ["F8_E4M3", { dtype: "float8_e4m3", bits: 8 }],
  ["F8_E4M3FNUZ", { dtype: "float8_e4m3fnuz", bits: 8 }],
  ["F8_E5M2", { dtype: "float8_e5m2", bits: 8 }],
  ["F8_E5M2FNUZ", { dtype: "float8_e5m2fnuz", bits: 8 }],
  ["F8_E8M0", { dtype: "float8_e8m0", bits: 8 }],
  ["F6_E2M3", { dtype: "float6_e2m3", bits: 6 }],
  ["F6_E3M2", { dtype: "float6_e3m2", bits: 6 }],
  ["F4", { dtype: "float4", bits: 4 }],
  ["I64", { dtype: "int64", bits: 64 }],
  ["I32", { dtype: "int32", bits: 32 }],
  ["I16", { dtype: "int16", bits: 16 }],
  ["I8", { dtype: "int8", bits: 8 }],
  ["U64", { dtype: "uint64", bits: 64 }],
  ["U32", { dtype: "uint32", bits: 32 }],
  ["U16", { dtype: "uint16", bits: 16 }],
  ["U8", { dtype: "uint8", bits: 8 }],
  ["C64", { dtype: "complex64", bits: 64 }],
  ["BOOL", { dtype: "bool", bits: 8 }],
]);

const usable: ReadonlySet<ListedDtype> = new Set<StoredDtype>([
  "float64",
  "float32",
  "float16",
  "bfloat16",
]);

const codes = new Map([...elementTypes].map(([code, { dtype }]) => [dtype, code]));

/** The name of an element type in a header. */
export function codeOf(dtype: ListedDtype): string {
  return codes.get(dtype)!; // the table has every type, as its test shows
}

/** The bits of one element. */
export function bitsOf(dtype: ListedDtype): number {
  return elementTypes.get(codeOf(dtype))!.bits;
}

/** The bytes of a tensor whose size is possible. */
export function byteLengthOf({ dtype, shape }: Pick<ListedTensor, "dtype" | "shape">): number {
  return elementCount(shape) * bitsOf(dtype) / 8;
}

/** Whether Abacus can compute with the tensor. */
export function isUsable(tensor: ListedTensor): tensor is StoredTensor {
  return usable.has(tensor.dtype);
}

/** The number of elements of a shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, extent) => count * extent, 1);
}
