/**
 * JSON values as a Parquet column: of the one type they all have, or of one that holds them all.
 *
 * @module
 */

import { type Column, leaf, list, text } from "./parquet_schema.ts";

/** A column, and how a value of JSON is written in it. */
export interface JsonColumn {
  readonly column: Column;
  encode(value: unknown): unknown;
}

/** What a value implies for the column that could hold it. */
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

/** Columns in the order of preference, and the types that each can hold as they are. */
const forms: readonly [types: readonly JsonType[], make: (name: string) => JsonColumn][] = [
  [["boolean"], (name) => ({ column: leaf(name, "BOOLEAN"), encode: asItIs })],
  [["integer"], (name) => ({ column: leaf(name, "INT64"), encode: bigInteger })],
  [["integer", "number"], (name) => ({ column: leaf(name, "DOUBLE"), encode: asItIs })],
  [["string"], (name) => ({ column: text(name), encode: asItIs })],
  [["empty list", "list of string"], (name) => ({
    column: list(name, text("element")),
    encode: asItIs,
  })],
  [["empty list", "list of integer"], (name) => ({
    column: list(name, leaf("element", "INT64")),
    encode: (value) => Array.isArray(value) ? value.map(bigInteger) : value,
  })],
];

/**
 * The column for values of these types. Texts among values of other kinds stay as they are and the
 * others are written as JSON; where there are no texts, all are.
 */
export function jsonColumn(name: string, types: ReadonlySet<JsonType>): JsonColumn {
  const needed = [...types].filter((type) => type !== "null");
  const form = forms.find(([held]) => needed.every((type) => held.includes(type)));
  if (form !== undefined) return form[1](name);
  if (!types.has("string")) {
    return { column: leaf(name, "BYTE_ARRAY", "JSON"), encode: asItIs };
  }
  return {
    column: text(name),
    encode: (value) =>
      jsonType(value) === "null" || typeof value === "string" ? value : JSON.stringify(value),
  };
}

function asItIs(value: unknown): unknown {
  return value;
}

/** The writer wants 64-bit integers as such. */
function bigInteger(value: unknown): unknown {
  return typeof value === "number" ? BigInt(value) : value;
}
