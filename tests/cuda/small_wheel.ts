/**
 * Small wheels for tests: zip archives of deflated files, as pip makes them.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { crc32, deflateRawSync } from "node:zlib";
import type { Wheel } from "../../src/cuda/wheels.ts";

/** The bytes of a wheel with these files. */
export function wheelBytes(files: Readonly<Record<string, Uint8Array>>): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [name, plain] of Object.entries(files)) {
    const [path, packed] = [new TextEncoder().encode(name), deflateRawSync(plain)];
    // Version, flags, method, time, date, checksum, sizes, lengths: the same in both records.
    const fields = numbers([20, 0, 8, 0, 0].map((value) => [value, 2]), [
      [crc32(plain), 4],
      [packed.length, 4],
      [plain.length, 4],
      [path.length, 2],
      [0, 2],
    ]);
    const header = joined([numbers([[0x04034b50, 4]]), fields, path, packed]);
    const record = numbers([[0, 2], [0, 2], [0, 2], [0, 4], [at, 4]]);
    directory.push(numbers([[0x02014b50, 4], [20, 2]]), fields, record, path);
    parts.push(header);
    at += header.length;
  }
  const list = joined(directory);
  const count = Object.keys(files).length;
  const end = numbers([[0x06054b50, 4], [0, 2], [0, 2], [count, 2], [count, 2]], [
    [list.length, 4],
    [at, 4],
    [0, 2],
  ]);
  return joined([...parts, list, end]);
}

/** How the table describes a wheel with these files. */
export function smallWheel(
  files: Readonly<Record<string, Uint8Array>>,
): Wheel & { data: Uint8Array<ArrayBuffer> } {
  const data = wheelBytes(files);
  return {
    name: "small",
    file: "small-1-py3-none-any.whl",
    sha256: createHash("sha256").update(data).digest("hex"),
    bytes: data.length,
    libraries: Object.entries(files)
      .filter(([path]) => path.includes(".so"))
      .map(([path, { length }]) => ({ path, bytes: length })),
    data,
  };
}

/** Little-endian numbers of so many bytes each. */
function numbers(...lists: number[][][]): Uint8Array {
  const bytes = lists.flat().flatMap(([value = 0, width = 0]) =>
    Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** i) % 256)
  );
  return Uint8Array.from(bytes);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}
