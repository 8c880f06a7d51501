/**
 * Carried columns: the columns of the input, which are copied to a Parquet output. They are read again
 * when the output is assembled.
 *
 * @module
 */

import type { ParquetParsers, SchemaElement } from "hyparquet";
import { AbacusError } from "../../errors.ts";
import { jsonColumn, type JsonType, jsonType } from "./json_column.ts";
import type { Column } from "./parquet_schema.ts";
import { openParquet, readParquetRows, slicesOf } from "./parquet_source.ts";
import type { Fields, RowSource } from "./row.ts";

/** The columns of an input, and the values of its rows. */
export interface Carried {
  readonly columns: readonly { readonly name: string; readonly column: Column }[];
  /** One record per row, with values for the Parquet writer. */
  rows(): AsyncIterable<Fields>;
}

/** Types whose values would change. */
const lossy: ReadonlySet<string> = new Set([
  "INT96",
  "INTERVAL",
  "BSON",
  "VARIANT",
  "GEOMETRY",
  "GEOGRAPHY",
]);

/** Instants stay the stored integers, so that nothing below a millisecond is lost. */
const parsers: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (count) => count,
  timestampFromMicroseconds: (count) => count,
  timestampFromNanoseconds: (count) => count,
  dateFromDays: (count) => count,
  uuidFromBytes: (bytes) => bytes,
};

/**
 * The columns of a Parquet file with their types.
 *
 * @throws {AbacusError} `bad_usage` naming a column whose type cannot be written unchanged
 */
export async function carriedFromParquet(path: string): Promise<Carried> {
  const opened = await openParquet(path);
  const columns = topColumns(opened.metadata.schema);
  for (const { name, column } of columns) requireCopyable(name, column);
  return {
    columns: columns.map(({ name, column }) => ({ name, column: column.map(writable) })),
    async *rows() {
      for (const [rowStart, rowEnd] of slicesOf(opened.metadata)) {
        yield* await readParquetRows(path, opened, { rowStart, rowEnd, parsers, utf8: false });
      }
    },
  };
}

/** The columns of JSON rows. Reads the input once to find their types. */
export async function carriedFromJson(source: RowSource): Promise<Carried> {
  const types = new Map<string, Set<JsonType>>();
  for await (const row of source.rows(0)) {
    for (const [name, value] of Object.entries(row instanceof AbacusError ? {} : row)) {
      types.set(name, (types.get(name) ?? new Set()).add(jsonType(value)));
    }
  }
  const columns = [...types].map(([name, seen]) => ({ name, ...jsonColumn(name, seen) }));
  return {
    columns,
    async *rows() {
      for await (const row of source.rows(0)) {
        const fields: Fields = row instanceof AbacusError ? {} : row;
        yield Object.fromEntries(columns.map(({ name, encode }) => [name, encode(fields[name])]));
      }
    },
  };
}

/** Splits a flat schema into its top columns, each with its nested elements. */
function topColumns([root, ...elements]: readonly SchemaElement[]) {
  const columns: { name: string; column: Column }[] = [];
  let at = 0;
  for (let i = 0; i < (root?.num_children ?? 0); i++) {
    const end = endOf(elements, at);
    const column = elements.slice(at, end);
    columns.push({ name: column[0]?.name ?? "", column });
    at = end;
  }
  return columns;
}

function endOf(elements: readonly SchemaElement[], at: number): number {
  let end = at + 1;
  for (let i = 0; i < (elements[at]?.num_children ?? 0); i++) end = endOf(elements, end);
  return end;
}

/** The writer does not support the newer name of integer types; the older one is equivalent. */
function writable(element: SchemaElement): SchemaElement {
  if (element.logical_type?.type !== "INTEGER") return element;
  const { logical_type: _, ...older } = element;
  return older;
}

function requireCopyable(name: string, column: Column): void {
  const wrong = column.find((element, i) => isLossy(element) || isMapOfOthers(column, i));
  if (wrong === undefined) return;
  const type = wrong.logical_type?.type ?? wrong.converted_type ?? wrong.type;
  throw new AbacusError(
    "bad_usage",
    `Cannot copy the column '${name}' to Parquet as values of its type would change ` +
      `(write .jsonl instead): received ${type}`,
  );
}

function isLossy({ type, converted_type, logical_type, precision = 0 }: SchemaElement): boolean {
  const types = [type, converted_type, logical_type?.type];
  return types.some((each) => each !== undefined && lossy.has(each)) ||
    (converted_type === "DECIMAL" && precision > 15) ||
    (logical_type?.type === "INTEGER" && converted_type === undefined);
}

/** A map is read as an object, whose keys are text. Its key is two elements behind it. */
function isMapOfOthers(column: Column, i: number): boolean {
  const [map, key] = [column[i], column[i + 2]];
  if (map?.converted_type !== "MAP" && map?.logical_type?.type !== "MAP") return false;
  return key?.converted_type !== "UTF8" && key?.logical_type?.type !== "STRING";
}
