/**
 * Element types: their numbers in ONNX, the kinds that operators accept, and the bytes of constants.
 *
 * @module
 */

import type { Dtype } from "./value.ts";

/** ONNX's numbers for element types. */
export const dtypeCodes: Readonly<Record<Dtype, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
};

/** The bytes of one element. */
export const dtypeBytes: Readonly<Record<Dtype, number>> = {
  float64: 8,
  int64: 8,
  float32: 4,
  int32: 4,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** What an operator may ask of an element type. */
export type Kind = "float" | "signed" | "number" | "index" | "bool" | "any";

const floats: readonly Dtype[] = ["float32", "float16", "bfloat16", "float64"];
const signed: readonly Dtype[] = [...floats, "int64", "int32", "int8"];
const members: Readonly<Record<Kind, readonly Dtype[]>> = {
  float: floats,
  signed,
  number: [...signed, "uint8"],
  index: ["int64", "int32"],
  bool: ["bool"],
  any: [...signed, "uint8", "bool"],
};

/** Whether an element type is of a kind. */
export function isOf(kind: Kind, dtype: Dtype): boolean {
  return members[kind].includes(dtype);
}

/** The least and the largest number of each type of integer; 64 bits as far as numbers are exact. */
const ranges: Partial<Record<Dtype, readonly [number, number]>> = {
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int8: [-128, 127],
  uint8: [0, 255],
  bool: [0, 1],
};

/** @returns the first number that the element type cannot hold */
export function misfit(dtype: Dtype, data: readonly number[] | Float32Array): number | undefined {
  const range = ranges[dtype];
  if (range === undefined) return undefined; // a float may be anything, infinity too
  const [least, largest] = range;
  return Array.from(data).find((n) => !Number.isInteger(n) || n < least || n > largest);
}

/** Numbers as ONNX stores them: little-endian, which is this machine's order wherever Deno runs. */
export function encodeNumbers(
  dtype: Dtype,
  data: readonly number[] | Float32Array,
): Uint8Array<ArrayBuffer> {
  switch (dtype) {
    case "float64":
      return new Uint8Array(Float64Array.from(data).buffer);
    case "float32":
      return new Uint8Array(Float32Array.from(data).buffer);
    case "float16":
      return new Uint8Array(Float16Array.from(data).buffer);
    case "bfloat16":
      return new Uint8Array(Uint16Array.from(data, toBfloat16).buffer);
    case "int64":
      return new Uint8Array(BigInt64Array.from(Array.from(data, BigInt)).buffer);
    case "int32":
      return new Uint8Array(Int32Array.from(data).buffer);
    case "int8":
      return new Uint8Array(Int8Array.from(data).buffer);
    case "bool":
    case "uint8":
      return Uint8Array.from(data);
  }
}

/** The upper half of a float32, rounded to nearest, ties to even. */
function toBfloat16(number: number): number {
  if (Number.isNaN(number)) return 0x7fc0;
  const bits = new Uint32Array(Float32Array.of(number).buffer)[0] ?? 0;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}
