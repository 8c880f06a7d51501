/**
 * Parquet files: their columns, and their values as they are stored.
 *
 * The library would make dates, numbers and texts of stored values, and lose digits on the way. So it
 * is told a schema without what the values mean; `parquet_values.ts` knows what they mean.
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
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from "hyparquet";
import { compressors as pure } from "hyparquet-compressors";
import { AbacusError, messageOf } from "../../errors.ts";
import { elementOf, isList, isMap, storedElement } from "./parquet_elements.ts";
import type { Fields } from "./row.ts";

/** The rows of a slice, where the page index of a file allows to read part of a row group. */
const sliceRows = 4_096;
/** The size up to which a column of a row group is decoded again for every slice. */
const smallColumnBytes = 2 ** 21;

/** Compressions besides Snappy, which the reader supports itself. */
const compressors: Compressors = {
  GZIP: (bytes) => zlib.gunzipSync(bytes),
  BROTLI: (bytes) => zlib.brotliDecompressSync(bytes),
  ZSTD: (bytes) => zlib.zstdDecompressSync(bytes),
  LZ4: notEmpty(pure.LZ4),
  LZ4_RAW: notEmpty(pure.LZ4_RAW),
};

type Compressor = NonNullable<Compressors[keyof Compressors]>;

/** The library reads on behind the end of a page that holds no byte, as those of null alone do. */
function notEmpty(decompress: Compressor | undefined): Compressor {
  if (decompress === undefined) throw new TypeError("Cannot read Parquet without LZ4");
  return (bytes, length) => length === 0 ? new Uint8Array() : decompress(bytes, length);
}

/** An open Parquet file. */
export interface ParquetFile {
  readonly path: string;
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  /** Each column with what it consists of. */
  readonly columns: readonly SchemaTree[];
}

/**
 * Opens a file and reads its footer.
 *
 * @throws {AbacusError} `bad_usage` where it is not a Parquet file
 */
export async function openParquet(path: string): Promise<ParquetFile> {
  try {
    const file = await asyncBufferFromFile(path);
    // Columns of bytes stay such, whatever is said of them beside the schema.
    const metadata = await parquetMetadataAsync(file, { geoparquet: false });
    return { path, file, metadata, columns: parquetSchema(metadata).children };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Which rows and columns are read. */
export interface Part {
  readonly rowStart: number;
  readonly rowEnd: number;
  /** @default {all} */
  readonly columns?: string[];
}

/**
 * Reads some rows with the stored values: integers as numbers or bigint, whatever has no type of its
 * own as bytes, and maps as lists of `{ key, value }`.
 *
 * @throws {AbacusError} `bad_usage` where they are damaged or of an unknown encoding
 */
export async function readStored(
  { path, file, metadata, columns }: ParquetFile,
  part: Part,
): Promise<Fields[]> {
  const stored = { ...metadata, schema: metadata.schema.map(storedElement) };
  const exact = { timestampFromNanoseconds: (nanoseconds: bigint) => nanoseconds };
  try {
    const rows: Record<string, unknown>[] = await parquetReadObjects({
      file,
      metadata: stored,
      ...part,
      parsers: exact, // Only the oldest instants, INT96, cannot be read as they are stored.
      compressors,
      geoparquet: false,
      utf8: false,
      useOffsetIndex: true,
    });
    const withMaps = columns.filter(holdsMap);
    for (const row of rows) {
      for (const column of withMaps) {
        const { name } = column.element;
        row[name] = unwrapped(row[name], column);
      }
    }
    return rows;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function holdsMap({ element, children }: SchemaTree): boolean {
  return isMap(element) || children.some(holdsMap);
}

/** Replaces each map, which was read as a structure around its entries, by its entries. */
function unwrapped(value: unknown, column: SchemaTree): unknown {
  if (value === null || value === undefined || !holdsMap(column)) return value;
  if (isList(column.element)) {
    const element = elementOf(column);
    return element && (value as unknown[]).map((each) => unwrapped(each, element));
  }
  const fields = value as Fields;
  const inner = Object.fromEntries(column.children.map((child) => {
    const { name, repetition_type } = child.element;
    const each = fields[name];
    const parts = repetition_type === "REPEATED" && Array.isArray(each)
      ? each.map((entry) => unwrapped(entry, child))
      : unwrapped(each, child);
    return [name, parts];
  }));
  return isMap(column.element) ? Object.values(inner)[0] : inner;
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

function unreadable(path: string, cause: unknown): AbacusError {
  return new AbacusError(
    "bad_usage",
    `Cannot read Parquet as ${messageOf(cause)}: received ${path}`,
    { cause },
  );
}
