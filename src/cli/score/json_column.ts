/**
 * A Parquet column for JSON values, of the type of all values or of a type that can hold them all.
 *
 * @module
 */

import { type Column, leaf, list, text } from "./parquet_schema.ts";

/** A column, and the encoding of JSON values for it. */
export interface JsonColumn {
  readonly column: Column;
  encode(value: unknown): unknown;
}

/** The types of values that decide the type of a column. */
export type JsonType =
  | "null"
  | "boolean"
  | "integer"
  | "number"
  | "string"
  | "empty list"
  | "list of integer"
  | "list of string"
  | "other";

/** The type of one value. */
export function jsonType(value: unknown): JsonType {
  if (value === null || value === undefined) return "null";
  if (typeof value === "boolean" || typeof value === "string") return typeof value as JsonType;
  if (typeof value === "number") return Number.isSafeInteger(value) ? "integer" : "number";
  if (!Array.isArray(value)) return "other";
  const [type = "empty", ...others] = new Set(value.map(jsonType));
  if (others.length > 0) return "other";
  if (type === "empty") return "empty list";
  return type === "integer" || type === "string" ? `list of ${type}` : "other";
}

/** Columns in the order of preference, and the types that each can hold unchanged. */
const forms: readonly [types: readonly JsonType[], make: (name: string) => JsonColumn][] = [
  [["boolean"], (name) => ({ column: leaf(name, "BOOLEAN"), encode: unchanged })],
  [["integer"], (name) => ({ column: leaf(name, "INT64"), encode: bigInteger })],
  [["integer", "number"], (name) => ({ column: leaf(name, "DOUBLE"), encode: unchanged })],
  [["string"], (name) => ({ column: text(name), encode: unchanged })],
  [["empty list", "list of string"], (name) => ({
    column: list(name, text("element")),
    encode: unchanged,
  })],
  [["empty list", "list of integer"], (name) => ({
    column: list(name, leaf("element", "INT64")),
    encode: (value) => Array.isArray(value) ? value.map(bigInteger) : value,
  })],
];

/**
 * The column for values of these types. In a column of mixed types, texts stay unchanged and other
 * values are written as JSON; without texts, all values are written as JSON.
 */
export function jsonColumn(name: string, types: ReadonlySet<JsonType>): JsonColumn {
  const needed = [...types].filter((type) => type !== "null");
  const form = forms.find(([held]) => needed.every((type) => held.includes(type)));
  if (form !== undefined) return form[1](name);
  if (!types.has("string")) {
    return { column: leaf(name, "BYTE_ARRAY", "JSON"), encode: unchanged };
  }
  return {
    column: text(name),
    encode: (value) =>
      jsonType(value) === "null" || typeof value === "string" ? value : JSON.stringify(value),
  };
}

function unchanged(value: unknown): unknown {
  return value;
}

/** The writer expects 64-bit integers as bigint. */
function bigInteger(value: unknown): unknown {
  return typeof value === "number" ? BigInt(value) : value;
}
