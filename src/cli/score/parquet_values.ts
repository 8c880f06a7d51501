/**
 * Stored values of Parquet as JSON, to the last digit: integers and decimals in all their digits,
 * instants in the unit of their column, real numbers always with a point or an exponent.
 *
 * @module
 */

import type { SchemaElement } from "hyparquet";
import { AbacusError } from "../../errors.ts";
import { isJsonText } from "./json_text.ts";
import { annotationOf } from "./parquet_elements.ts";
import { dateText, instantText, timeText, type Unit } from "./parquet_time.ts";

/** Writes a stored value as JSON. May throw an {@linkcode AbacusError} for a value that is damaged. */
export type Encoder = (value: unknown) => string;

/** The encoder of a column that consists of nothing else; undefined where JSON has nothing for its type. */
export function leafEncoder(element: SchemaElement): Encoder | undefined {
  const annotation = annotationOf(element);
  const table = annotation === undefined ? byType : byAnnotation;
  return table[annotation ?? element.type ?? ""]?.(element);
}

/** Values without an annotation, by their stored type. */
const byType: Readonly<Record<string, (element: SchemaElement) => Encoder>> = {
  BOOLEAN: () => String,
  INT32: () => String,
  INT64: () => String,
  INT96: () => (value) => JSON.stringify(instantText(value as bigint, "NANOS")),
  FLOAT: () => floatText,
  DOUBLE: () => floatText,
  // Older writers do not say which of their bytes are text.
  BYTE_ARRAY: () => textOfBytes,
};

/** Values whose meaning an annotation states. */
const byAnnotation: Readonly<Record<string, (element: SchemaElement) => Encoder>> = {
  STRING: () => textOfBytes,
  ENUM: () => textOfBytes,
  JSON: () => jsonOfBytes,
  INTEGER: (element) => isUnsigned(element) ? unsignedText : String,
  DECIMAL: ({ scale = 0 }) => (value) => decimalText(unscaled(value), scale),
  DATE: () => (value) => JSON.stringify(dateText(Number(value))),
  TIME: (element) => (value) => JSON.stringify(timeText(BigInt(value as bigint), unitOf(element))),
  TIMESTAMP: (element) => (value) => {
    const text = instantText(BigInt(value as bigint), unitOf(element));
    return JSON.stringify(isInUtc(element) ? `${text}Z` : text);
  },
  UUID: () => (value) => JSON.stringify(uuidText(value as Uint8Array)),
  FLOAT16: () => (value) => floatText(halfOf(value as Uint8Array)),
  NULL: () => () => "null",
};

/** A real number: with a point where it is an integer, and as Python's json where JSON has nothing. */
function floatText(value: unknown): string {
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function isUnsigned({ logical_type, converted_type }: SchemaElement): boolean {
  return logical_type?.type === "INTEGER"
    ? !logical_type.isSigned
    : converted_type?.startsWith("UINT") === true;
}

/** Parquet stores what is above the half of the range as negative numbers. */
function unsignedText(value: unknown): string {
  return typeof value === "bigint"
    ? String(BigInt.asUintN(64, value))
    : String(Number(value) >>> 0);
}

/** The integer of a decimal: a number, or the bytes of one, the highest first. */
function unscaled(value: unknown): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint);
  if (value.length === 0) return 0n;
  return BigInt.asIntN(8 * value.length, BigInt(`0x${value.toHex()}`));
}

/** As in `-0.01` for -1 at scale 2. */
function decimalText(value: bigint, scale: number): string {
  const [sign, digits] = value < 0n ? ["-", String(-value)] : ["", String(value)];
  const padded = digits.padStart(scale + 1, "0");
  const point = padded.length - scale;
  return `${sign}${padded.slice(0, point)}${scale > 0 ? "." : ""}${padded.slice(point)}`;
}

function unitOf({ logical_type, converted_type }: SchemaElement): Unit {
  if (logical_type?.type === "TIME" || logical_type?.type === "TIMESTAMP") return logical_type.unit;
  return converted_type?.endsWith("MILLIS") ? "MILLIS" : "MICROS";
}

/** The older annotation has no other meaning. */
function isInUtc({ logical_type }: SchemaElement): boolean {
  return logical_type?.type === "TIMESTAMP" ? logical_type.isAdjustedToUTC : true;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decoded(value: unknown): string {
  try {
    return decoder.decode(value as Uint8Array);
  } catch (cause) {
    throw new AbacusError(
      "invalid_request",
      `Cannot read a value of Parquet as its bytes are no text: received ${
        (value as Uint8Array).length
      } bytes`,
      { cause },
    );
  }
}

function textOfBytes(value: unknown): string {
  return JSON.stringify(decoded(value));
}

/** JSON itself, in one line: line breaks stand between its tokens only. What is no JSON is a text. */
function jsonOfBytes(value: unknown): string {
  const text = decoded(value);
  return isJsonText(text) ? text.replaceAll(/[\r\n]/g, " ") : JSON.stringify(text);
}

function uuidText(bytes: Uint8Array): string {
  return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function halfOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat16(0, true);
}
