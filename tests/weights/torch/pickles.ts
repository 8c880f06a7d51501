/**
 * Writes pickles and zip archives for tests, right ones and wrong ones.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { PickleBytes } from "../../../src/weights/torch/pickle_bytes.ts";

/** Characters as bytes, for the operations of a pickle, whose codes are characters. */
export function latin(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (mark) => mark.charCodeAt(0));
}

/** A pickle of protocol 2 with these operations. */
export function pickle(operations: string): PickleBytes {
  return new PickleBytes(latin(`\x80\x02${operations}.`));
}

/** The operation that pushes a short text. */
export function text(value: string): string {
  return `X${String.fromCharCode(value.length)}\0\0\0${value}`;
}

/** Operations that push a storage of `count` numbers. */
export function storage(key: string, count: number, kind = "FloatStorage"): string {
  return `(${text("storage")}ctorch\n${kind}\n${text(key)}${text("cpu")}K${
    String.fromCharCode(count)
  }tQ`;
}

/** Operations that push a tuple of small numbers. */
export function tuple(...numbers: readonly number[]): string {
  return `(${numbers.map((each) => `K${String.fromCharCode(each)}`).join("")}t`;
}

/** A function of torch that makes tensors. */
export const REBUILD = "ctorch._utils\n_rebuild_tensor_v2\n";

/** Operations that push a view of a storage of float32. */
export function tensor(
  { key = "0", count = 6, offset = 0, shape = [2, 3], strides = [3, 1], rest = "" },
): string {
  const place = `K${String.fromCharCode(offset)}${tuple(...shape)}${tuple(...strides)}`;
  return `${REBUILD}(${storage(key, count)}${place}\x89}${rest}tR`;
}

/** An entry of an archive, and what is said of it against the truth. */
export interface TestEntry {
  readonly name: string;
  readonly data: Uint8Array;
  /** In the header before the data. @default the same as in the directory */
  readonly headerName?: string;
  readonly method?: number;
  readonly flags?: number;
  readonly size?: number;
  readonly packedSize?: number;
  readonly header?: number;
  readonly extra?: Uint8Array;
}

/** What is said of the directory against the truth. */
export interface TestEnd {
  readonly count?: number;
  readonly length?: number;
  readonly offset?: number;
  readonly comment?: string;
}

/** A zip archive without the 64-bit end. */
export function zip(entries: readonly TestEntry[], end: TestEnd = {}): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const records: Uint8Array[] = [];
  let at = 0;
  for (const entry of entries) {
    records.push(recordOf(entry, at));
    const bytes = [headerOf(entry), latin(entry.headerName ?? entry.name), entry.data];
    parts.push(...bytes);
    at += bytes.reduce((sum, { length }) => sum + length, 0);
  }
  const directory = joined(records);
  return joined([...parts, directory, endOf(entries.length, directory.length, at, end)]);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Numbers of 16 or 32 bits one behind another. */
export function numbers(
  ...fields: readonly (readonly [value: number, bits: 16 | 32])[]
): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, [, bits]) => sum + bits / 8, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [value, bits] of fields) {
    if (bits === 16) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bits / 8;
  }
  return bytes;
}

function headerOf({ name, headerName = name, data, method = 0, flags = 0 }: TestEntry): Uint8Array {
  return joined([
    numbers([0x04034b50, 32], [20, 16], [flags, 16], [method, 16], [0, 32], [crc32(data), 32]),
    numbers([data.length, 32], [data.length, 32], [headerName.length, 16], [0, 16]),
  ]);
}

function recordOf(entry: TestEntry, at: number): Uint8Array {
  const { name, data, method = 0, flags = 0, extra = new Uint8Array(), header = at } = entry;
  const { size = data.length, packedSize = data.length } = entry;
  return joined([
    numbers([0x02014b50, 32], [20, 16], [20, 16], [flags, 16], [method, 16], [0, 32]),
    numbers([crc32(data), 32], [packedSize, 32], [size, 32], [name.length, 16], [extra.length, 16]),
    numbers([0, 16], [0, 16], [0, 16], [0, 32], [header, 32]),
    latin(name),
    extra,
  ]);
}

function endOf(count: number, length: number, offset: number, said: TestEnd): Uint8Array {
  const { comment = "" } = said;
  const records = said.count ?? count;
  return joined([
    numbers([0x06054b50, 32], [0, 16], [0, 16], [records, 16], [records, 16]),
    numbers([said.length ?? length, 32], [said.offset ?? offset, 32], [comment.length, 16]),
    latin(comment),
  ]);
}
