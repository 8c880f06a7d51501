/**
 * An entry of a zip archive: its record in the directory, and the header before its data.
 *
 * @module
 */

import { shown } from "../bad_model.ts";
import { type FilePart, readAt } from "./read_at.ts";
import { Unfit } from "./unfit.ts";
import { ZipFields } from "./zip_fields.ts";

/** What the directory says of an entry. */
export interface ZipRecord {
  readonly name: string;
  /** Where the header before its data is, in bytes. */
  readonly header: number;
  /** Bytes of its data. */
  readonly length: number;
  /** Bytes of the record. */
  readonly recordLength: number;
}

const RECORD = { signature: 0x02014b50, length: 46 };
const HEADER = { signature: 0x04034b50, length: 30 };
/** Data have descriptors behind them; names are UTF-8. */
const KNOWN_FLAGS = 0x0808;
const STORED = 0;
/** Names of torch have a dozen characters behind the name of the folder. */
const LONGEST_NAME_BYTES = 1_000;

/** A field of 32 bits that says that the next one of the 64-bit fields counts. */
const ELSEWHERE = 0xffffffff;
const FIELDS_64 = 0x0001;

/**
 * The record at a place of the directory.
 *
 * @throws {Unfit} where it is damaged, or its entry is compressed or encrypted
 */
export function readRecord(fields: ZipFields, at: number): ZipRecord {
  if (fields.uint32(at) !== RECORD.signature) {
    throw new Unfit("its archive's list of entries is damaged", `byte ${at} of it`);
  }
  const [nameLength, extraLength] = [fields.uint16(at + 28), fields.uint16(at + 30)];
  const name = nameOf(fields, at + RECORD.length, nameLength);
  const extra = { offset: at + RECORD.length + nameLength, length: extraLength };
  const narrow = [24, 20, 42].map((each) => fields.uint32(at + each));
  const [length = 0, packed, header = 0] = widen(narrow, fields, extra);
  const flags = fields.uint16(at + 8) & ~KNOWN_FLAGS;
  if (fields.uint16(at + 10) !== STORED || flags !== 0 || length !== packed) {
    throw new Unfit("an entry of its archive is compressed or encrypted", shown(name));
  }
  const recordLength = extra.offset + extra.length + fields.uint16(at + 32) - at;
  return { name, header, length, recordLength };
}

/** The fields, those of 64 bits in the places of those that are elsewhere, in the same order. */
function widen(narrow: readonly number[], fields: ZipFields, extra: FilePart): number[] {
  if (!narrow.includes(ELSEWHERE)) return [...narrow];
  const end = extra.offset + extra.length;
  let at = extra.offset;
  while (at + 4 <= end && fields.uint16(at) !== FIELDS_64) at += 4 + fields.uint16(at + 2);
  const length = at + 4 <= end ? fields.uint16(at + 2) : 0;
  const missing = narrow.filter((field) => field === ELSEWHERE).length;
  if (length < 8 * missing || at + 4 + length > end) {
    throw new Unfit("an entry of its archive has no size or place", `${length} bytes for them`);
  }
  at -= 4; // the place of the field before the first
  return narrow.map((field) => field === ELSEWHERE ? fields.uint64(at += 8) : field);
}

/**
 * Where an entry's data are.
 *
 * @throws {Unfit} where the header before them is none of this entry
 */
export async function dataOf(record: ZipRecord, file: Deno.FsFile): Promise<FilePart> {
  const { name, header, length } = record;
  const nameLength = new TextEncoder().encode(name).length;
  const part = { offset: header, length: HEADER.length + nameLength };
  const fields = new ZipFields(await readAt(file, part));
  const isOwn = fields.uint32(0) === HEADER.signature &&
    fields.uint16(8) === STORED &&
    fields.uint16(26) === nameLength &&
    nameOf(fields, HEADER.length, nameLength) === name;
  if (!isOwn) throw new Unfit("the header of an entry of its archive is another's", shown(name));
  return { offset: header + part.length + fields.uint16(28), length };
}

/** The name of a file in a folder; entries are never written anywhere, and still must not climb. */
function nameOf(fields: ZipFields, at: number, length: number): string {
  const name = length > LONGEST_NAME_BYTES ? "" : fields.text(at, length);
  const parts = name.split("/");
  if (parts.length > 1 && parts.every((part) => !["", ".", ".."].includes(part))) return name;
  throw new Unfit("the entries of its archive must be files in a folder", shown(name));
}
