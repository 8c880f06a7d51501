/**
 * Carried columns: the columns of the input, which are copied to a Parquet output. They are read again
 * when the output is assembled.
 *
 * @module
 */

import type { SchemaElement, SchemaTree } from "hyparquet";
import { columnForm, type JsonType, jsonType } from "./json_column.ts";
import { isList, isMap, writableElement } from "./parquet_elements.ts";
import { openParquet, readStored, slicesOf } from "./parquet_file.ts";
import type { Column } from "./parquet_schema.ts";
import { cannotScore, type Fields, type RowSource, UnreadableRow } from "./row.ts";

/** A column of the input. */
export interface CarriedColumn {
  readonly name: string;
  /** The column as its file declares it. */
  readonly declared: Column;
  /** The same without what its values mean, where they are written as they are stored. */
  readonly stored: Column;
}

/** The columns of an input, and the values of its rows. */
export interface Carried {
  readonly columns: readonly CarriedColumn[];
  /** One record per row, with values for the Parquet writer. */
  rows(): AsyncIterable<Fields>;
}

/**
 * The columns of a Parquet file with their types.
 *
 * @throws {AbacusError} `bad_usage` naming a column that cannot be written unchanged
 */
export async function carriedFromParquet(path: string): Promise<Carried> {
  const opened = await openParquet(path);
  for (const column of opened.columns) requireCopyable(column);
  return {
    columns: opened.columns.map((column) => {
      const elements = flattened(column);
      const { name } = column.element;
      return { name, declared: elements.map(declarable), stored: elements.map(writableElement) };
    }),
    async *rows() {
      for (const [rowStart, rowEnd] of slicesOf(opened.metadata)) {
        yield* await readStored(opened, { rowStart, rowEnd });
      }
    },
  };
}

/**
 * The columns of JSON rows. Reads the input once to find their types.
 *
 * @throws {AbacusError} `bad_usage` naming a column that Parquet cannot hold
 */
export async function carriedFromJson(source: RowSource): Promise<Carried> {
  const types = new Map<string, Set<JsonType>>();
  for await (const row of source.rows(0)) {
    if (row instanceof UnreadableRow) continue;
    for (const name of row.columns()) {
      const seen = types.get(name) ?? new Set();
      types.set(name, seen.add(jsonType(row.text(name) ?? "null")));
    }
  }
  const columns = [...types].map(([name, seen]) => ({ name, ...columnForm(name, seen) }));
  return {
    columns,
    async *rows() {
      for await (const row of source.rows(0)) {
        const text = (name: string) => row instanceof UnreadableRow ? undefined : row.text(name);
        yield Object.fromEntries(columns.map(({ name, encode }) => {
          const value = text(name) ?? "null";
          return [name, value === "null" ? null : encode(value)];
        }));
      }
    },
  };
}

/** The elements of a column, each before its children, as a schema lists them. */
function flattened({ element, children }: SchemaTree): SchemaElement[] {
  return [element, ...children.flatMap(flattened)];
}

/** The writer does not support the newer name of integer types; the older one is equivalent. */
function declarable(element: SchemaElement): SchemaElement {
  const { logical_type: logical, ...older } = element;
  if (logical?.type !== "INTEGER") return element;
  const name = `${logical.isSigned ? "" : "U"}INT_${logical.bitWidth}`;
  return { ...older, converted_type: name as NonNullable<SchemaElement["converted_type"]> };
}

function requireCopyable(column: SchemaTree): void {
  const wrong = uncopyable(column);
  if (wrong === undefined) return;
  const received = `the column '${column.element.name}' with values of type ${wrong}`;
  throw cannotScore(
    "a column cannot be copied to Parquet unchanged (write .jsonl instead)",
    received,
  );
}

/** The type of a part that the writer does not know. */
function uncopyable({ element, children }: SchemaTree, isInList = false): string | undefined {
  if (element.type === "INT96") return element.type;
  if (element.repetition_type === "REPEATED" && !isInList) return "repeated";
  const holds = isList(element) || isMap(element);
  return children.map((child) => uncopyable(child, holds)).find((type) => type !== undefined);
}
