/**
 * The Parquet schema: the elements of columns, and the columns that scoring adds.
 *
 * @module
 */

import type { ConvertedType, ParquetType, SchemaElement } from "hyparquet";

/** A column for the writer: an element, followed by its nested elements. */
export type Column = readonly SchemaElement[];

/** A whole file's schema. */
export function fileSchema(columns: readonly Column[]): SchemaElement[] {
  return [{ name: "root", num_children: columns.length }, ...columns.flat()];
}

/** Every column that scoring can add, by its name without prefix, in the order of the reply. */
export const resultColumns: ReadonlyMap<string, (name: string) => Column> = new Map([
  ...completionColumns(),
  ["results", (name: string) => list(name, struct("element", completionStruct()))],
  ...pairColumns(),
  ["error", (name: string) => struct(name, errorStruct())],
]);

/** The columns of the completions, one behind the other, and what compares them. */
function pairColumns(): [string, (name: string) => Column][] {
  const named = (prefix: string) =>
    completionColumns().map(([name, column]): [string, (name: string) => Column] => [
      `${prefix}${name}`,
      column,
    ]);
  return [
    ...named("chosen_"),
    ...named("rejected_"),
    ["accurate", (name) => leaf(name, "BOOLEAN")],
    ["margin", (name) => leaf(name, "DOUBLE")],
  ];
}

function errorStruct(): Column[] {
  return [text("kind"), text("message"), text("path"), leaf("line", "INT32")];
}

function completionColumns(): [string, (name: string) => Column][] {
  const floats = (name: string) => list(name, leaf("element", "FLOAT"));
  const integers = (name: string) => list(name, leaf("element", "INT32"));
  const real = (name: string) => leaf(name, "DOUBLE");
  return [
    ["score", real],
    ["rewards", floats],
    ["credit", floats],
    ["offset", real],
    ["residual", real],
    ["token_ids", integers],
    ["offsets", (name) => list(name, integers("element"))],
    ["units", (name) => list(name, struct("element", unitStruct()))],
    ["steps", (name) => list(name, struct("element", [leaf("end", "INT32"), real("score")]))],
    ["response_mass", real],
    ["read_at", (name) => struct(name, [leaf("position", "INT32"), leaf("token_id", "INT32")])],
    ["dropped", (name) => list(name, integers("element"))],
    ["truncated", (name) => leaf(name, "BOOLEAN")],
    ["fallback", text],
    ["members", (name) => list(name, struct("element", [text("id"), real("score")]))],
  ];
}

function unitStruct(): Column[] {
  const range = (name: string) => list(name, leaf("element", "INT32"));
  return [
    range("tokens"),
    range("characters"),
    leaf("reward", "DOUBLE"),
    leaf("standard_error", "DOUBLE"),
  ];
}

function completionStruct(): Column[] {
  return completionColumns().map(([name, column]) => column(name));
}

/** A column of text. */
export function text(name: string): Column {
  return leaf(name, "BYTE_ARRAY", "UTF8");
}

/** A column of nullable simple values. */
export function leaf(name: string, type: ParquetType, converted_type?: ConvertedType): Column {
  return [{
    name,
    type,
    repetition_type: "OPTIONAL",
    ...(converted_type === undefined ? {} : { converted_type }),
  }];
}

/** A column of lists. @param element the column of their elements, named `element` */
export function list(name: string, element: Column): Column {
  return [
    { name, repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    ...element,
  ];
}

function struct(name: string, children: readonly Column[]): Column {
  return [{ name, repetition_type: "OPTIONAL", num_children: children.length }, ...children.flat()];
}
