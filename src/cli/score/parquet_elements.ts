/**
 * Elements of a Parquet schema: lists and maps among them, what their values mean, and the same elements
 * without that meaning, whose values are then read and written as they are stored.
 *
 * @module
 */

import type { SchemaElement, SchemaTree } from "hyparquet";

/** An element without what its values mean; lists stay lists. */
export function storedElement(element: SchemaElement): SchemaElement {
  const { converted_type: _, logical_type: __, scale: ___, precision: ____, ...stored } = element;
  return isList(element) ? { ...stored, converted_type: "LIST" } : stored;
}

/** An element as the writer needs it for stored values. */
export function writableElement(element: SchemaElement): SchemaElement {
  return isMap(element)
    ? { ...storedElement(element), converted_type: "MAP" }
    : storedElement(element);
}

/** Whether an element is a list, by either of the names that Parquet has had for it. */
export function isList({ converted_type, logical_type }: SchemaElement): boolean {
  return converted_type === "LIST" || logical_type?.type === "LIST";
}

/** Whether an element is a map. */
export function isMap({ converted_type, logical_type }: SchemaElement): boolean {
  return converted_type === "MAP" || converted_type === "MAP_KEY_VALUE" ||
    logical_type?.type === "MAP";
}

/** What a list holds: the repeated element itself, or the one that it wraps. */
export function elementOf({ children: [repeated] }: SchemaTree): SchemaTree | undefined {
  return repeated?.children.length === 1 ? repeated.children[0] : repeated;
}

/** What the values of a leaf mean, by the newer of Parquet's two sets of names. */
export function annotationOf({ logical_type, converted_type }: SchemaElement): string | undefined {
  if (logical_type !== undefined) return logical_type.type;
  if (converted_type === undefined) return undefined;
  return newer[converted_type] ?? converted_type;
}

const newer: Readonly<Record<string, string>> = {
  UTF8: "STRING",
  ENUM: "ENUM",
  TIME_MILLIS: "TIME",
  TIME_MICROS: "TIME",
  TIMESTAMP_MILLIS: "TIMESTAMP",
  TIMESTAMP_MICROS: "TIMESTAMP",
  INT_8: "INTEGER",
  INT_16: "INTEGER",
  INT_32: "INTEGER",
  INT_64: "INTEGER",
  UINT_8: "INTEGER",
  UINT_16: "INTEGER",
  UINT_32: "INTEGER",
  UINT_64: "INTEGER",
};
