/**
 * Reads the rows of Parquet, a slice or a row group at a time.
 *
 * @module
 */

import zlib from "node:zlib";
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type ColumnChunk,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  type ParquetParsers,
  parquetReadObjects,
} from "hyparquet";
import { AbacusError, messageOf } from "../../errors.ts";
import type { Fields, RowSource } from "./row.ts";

/** The rows of a slice, where the page index of a file allows to read part of a row group. */
const sliceRows = 4_096;
/** The size up to which a column of a row group is decoded again for every slice. */
const smallColumnBytes = 2 ** 21;

/** Compressions besides Snappy, which the reader supports itself. */
const compressors: Compressors = {
  GZIP: (bytes) => zlib.gunzipSync(bytes),
  BROTLI: (bytes) => zlib.brotliDecompressSync(bytes),
  ZSTD: (bytes) => zlib.zstdDecompressSync(bytes),
};

/** An open Parquet file. */
export interface ParquetFile {
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
}

/**
 * Opens a file and reads its footer.
 *
 * @throws {AbacusError} `bad_usage` where it is not a Parquet file
 */
export async function openParquet(path: string): Promise<ParquetFile> {
  try {
    const file = await asyncBufferFromFile(path);
    return { file, metadata: await parquetMetadataAsync(file) };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** The rows of a Parquet file, with values of JSON. */
export function parquetSource(path: string): RowSource {
  return {
    async count() {
      return Number((await openParquet(path)).metadata.num_rows);
    },
    async *rows(skip) {
      const opened = await openParquet(path);
      for (const [start, end] of slicesOf(opened.metadata)) {
        if (end <= skip) continue;
        const rowStart = Math.max(start, skip);
        const rows = await readParquetRows(path, opened, { rowStart, rowEnd: end, utf8: false });
        for (const row of rows) yield jsonFields(row);
      }
    },
  };
}

/** How {@linkcode readParquetRows} reads. */
export interface SliceOptions {
  readonly rowStart: number;
  readonly rowEnd: number;
  /** The conversion of values to JavaScript. @default {the library's own} */
  readonly parsers?: Partial<ParquetParsers>;
  /** Whether bytes without a stated type are text. @default {true} */
  readonly utf8?: boolean;
}

/**
 * Reads some rows of an open file.
 *
 * @throws {AbacusError} `bad_usage` where they are damaged or of an unknown type
 */
export async function readParquetRows(
  path: string,
  opened: ParquetFile,
  options: SliceOptions,
): Promise<Fields[]> {
  try {
    return await parquetReadObjects({ ...opened, ...options, compressors, useOffsetIndex: true });
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Row groups, split into slices where the reader can decode a part of every large column. */
export function slicesOf({ row_groups }: FileMetaData): (readonly [number, number])[] {
  const slices: (readonly [number, number])[] = [];
  let start = 0;
  for (const { num_rows, columns } of row_groups) {
    const end = start + Number(num_rows);
    const step = columns.every(isSliceable) ? sliceRows : Number(num_rows);
    for (; start < end; start = Math.min(end, start + step)) {
      slices.push([start, Math.min(end, start + step)]);
    }
  }
  return slices;
}

/** Whether the reader can skip to a slice by a page index, or the column is small. */
function isSliceable({ offset_index_offset, meta_data }: ColumnChunk): boolean {
  if (offset_index_offset !== undefined) return true;
  return meta_data !== undefined && meta_data.total_uncompressed_size <= smallColumnBytes;
}

function jsonFields(row: Fields): Fields {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, jsonValue(value)]));
}

/**
 * A value of JSON: times as ISO 8601, large integers as text, bytes as text where they are UTF-8 (many
 * files do not say which columns are text) and as base64 otherwise.
 */
function jsonValue(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (value === undefined) return null;
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return textOf(value) ?? value.toBase64();
  if (Array.isArray(value)) return value.map(jsonValue);
  if (ArrayBuffer.isView(value)) {
    return Array.from(value as unknown as Iterable<unknown>, jsonValue);
  }
  return jsonFields(value as Fields);
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function unreadable(path: string, cause: unknown): AbacusError {
  return new AbacusError(
    "bad_usage",
    `Cannot read Parquet as ${messageOf(cause)}: received ${path}`,
    { cause },
  );
}
