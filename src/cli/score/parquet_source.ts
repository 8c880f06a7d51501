/**
 * Reads the rows of Parquet, a slice or a row group at a time.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { openParquet, type ParquetFile, readStored, slicesOf } from "./parquet_file.ts";
import { encoderOf } from "./parquet_json.ts";
import type { Encoder } from "./parquet_values.ts";
import { cannotScore, type Fields, type Row, type RowSource } from "./row.ts";

/** Rows of a Parquet file. */
export function parquetSource(path: string): RowSource {
  return {
    async survey() {
      const { metadata, columns } = await openParquet(path);
      const names = columns.map(({ element }) => element.name);
      const twice = names.find((name, i) => names.indexOf(name) < i);
      if (twice !== undefined) throw cannotScore("a file may have a column once only", twice);
      return { rows: Number(metadata.num_rows), columns: names };
    },
    async *rows(skip, most = Infinity) {
      const opened = await openParquet(path);
      const encoders = encodersOf(opened);
      for (const [start, end] of slicesOf(opened.metadata)) {
        if (end <= skip) continue;
        if (start >= skip + most) return;
        const part = { rowStart: Math.max(start, skip), rowEnd: Math.min(end, skip + most) };
        for (const values of await readStored(opened, part)) yield parquetRow(values, encoders);
      }
    },
  };
}

/** The encoder of each column. */
type Encoders = ReadonlyMap<string, Encoder>;

function encodersOf({ columns }: ParquetFile): Encoders {
  return new Map(columns.map((column) => {
    const { name } = column.element;
    return [name, placed(encoderOf(column) ?? unknownType(name), name)];
  }));
}

/** The same encoder, whose errors name the column. */
function placed(encode: Encoder, column: string): Encoder {
  return (value) => {
    try {
      return encode(value);
    } catch (error) {
      throw error instanceof AbacusError ? error.with({ path: column }) : error;
    }
  };
}

function unknownType(column: string): Encoder {
  return () => {
    throw new AbacusError(
      "invalid_request",
      `Cannot read the row as JSON has nothing for the type of a column: received ${column}`,
    );
  };
}

function parquetRow(values: Fields, encoders: Encoders): Row {
  return {
    has: (column) => values[column] !== null && values[column] !== undefined,
    columns: () => encoders.keys(),
    text: (column) => encoders.get(column)?.(values[column]),
    line(gained) {
      const own = [...encoders].map(([name, encode]) =>
        `${JSON.stringify(name)}:${encode(values[name])}`
      );
      const added = JSON.stringify(gained).slice(1, -1);
      return `{${[...own, ...(added === "" ? [] : [added])].join(",")}}`;
    },
  };
}

/**
 * Checks that every value can be written as JSON.
 *
 * @throws {AbacusError} `bad_usage` naming the column for whose values JSON has nothing
 */
export async function requireJson(path: string): Promise<void> {
  const opened = await openParquet(path);
  const wrong = opened.columns.find((column) => encoderOf(column) === undefined);
  if (wrong !== undefined) throw notJson(wrong.element.name);
  const untyped = opened.columns.filter(holdsBytes).map(({ element }) => element.name);
  if (untyped.length === 0) return;
  const encoders = encodersOf(opened);
  for (const [rowStart, rowEnd] of slicesOf(opened.metadata)) {
    for (const values of await readStored(opened, { rowStart, rowEnd, columns: untyped })) {
      for (const name of untyped) requireText(() => encoders.get(name)?.(values[name]), name);
    }
  }
}

/** Whether a column holds bytes that may be text or not. */
function holdsBytes({ element, children }: ParquetFile["columns"][number]): boolean {
  const { type, converted_type, logical_type } = element;
  const untyped = converted_type === undefined && logical_type === undefined;
  return (type === "BYTE_ARRAY" && untyped) || children.some(holdsBytes);
}

function requireText(read: () => unknown, column: string): void {
  try {
    read();
  } catch (error) {
    throw error instanceof AbacusError ? notJson(column) : error;
  }
}

function notJson(column: string): AbacusError {
  return cannotScore(
    "JSON has nothing for the values of a column (write .parquet instead)",
    `the column '${column}'`,
  );
}
