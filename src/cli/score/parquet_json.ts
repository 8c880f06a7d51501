/**
 * Columns of Parquet as JSON: lists, maps and structures around the values of `parquet_values.ts`.
 *
 * @module
 */

import type { SchemaTree } from "hyparquet";
import { annotationOf, elementOf, isList, isMap } from "./parquet_elements.ts";
import { type Encoder, leafEncoder } from "./parquet_values.ts";
import type { Fields } from "./row.ts";

/** The encoder of a column; undefined where JSON has nothing for its type. */
export function encoderOf(column: SchemaTree): Encoder | undefined {
  const encode = column.element.repetition_type === "REPEATED"
    ? listOf(encoderOfOne(column))
    : encoderOfOne(column);
  return encode && ((value) => value === null || value === undefined ? "null" : encode(value));
}

function encoderOfOne(column: SchemaTree): Encoder | undefined {
  if (isList(column.element)) {
    const element = elementOf(column);
    return element && listOf(encoderOf(onlyOnce(element)));
  }
  if (isMap(column.element)) return mapOf(column);
  if (column.children.length > 0) return structureOf(column);
  return leafEncoder(column.element);
}

/** The same element, whose repetition is that of the list around it. */
function onlyOnce(column: SchemaTree): SchemaTree {
  return { ...column, element: { ...column.element, repetition_type: "OPTIONAL" } };
}

function listOf(encode: Encoder | undefined): Encoder | undefined {
  return encode && ((values) => `[${(values as unknown[]).map(encode).join(",")}]`);
}

function structureOf({ element, children }: SchemaTree): Encoder | undefined {
  if (element.logical_type?.type === "VARIANT") return undefined;
  const encoders = children.map((child) => [child.element.name, encoderOf(child)] as const);
  if (!encoders.every((each): each is [string, Encoder] => each[1] !== undefined)) return undefined;
  return (value) =>
    objectText(encoders.map(([name, encode]) => [
      JSON.stringify(name),
      encode((value as Fields)[name]),
    ]));
}

/** An object where the keys are text, and otherwise a list of entries. */
function mapOf({ children: [entry] }: SchemaTree): Encoder | undefined {
  const [key, value] = entry?.children ?? [];
  if (entry === undefined || key === undefined || value === undefined) return undefined;
  if (annotationOf(key.element) !== "STRING") return listOf(structureOf(entry));
  const [writeKey, writeValue] = [encoderOf(key), encoderOf(value)];
  if (writeKey === undefined || writeValue === undefined) return undefined;
  return (entries) =>
    objectText((entries as { key: unknown; value: unknown }[]).map((each) => [
      writeKey(each.key),
      writeValue(each.value),
    ]));
}

function objectText(members: readonly (readonly [key: string, value: string])[]): string {
  return `{${members.map(([key, value]) => `${key}:${value}`).join(",")}}`;
}
