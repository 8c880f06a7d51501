/**
 * Reads the directory of a zip archive as torch.save writes it: entries that are stored as they are, so
 * that their bytes are a part of the file.
 *
 * Stricter than zip libraries, which also read archives with something before or behind the entries or
 * with two kinds of the same entry: two readers may see different weights in such a file. Sizes and
 * places may have 64 bits.
 *
 * Layout: per entry a header, its data and often a descriptor; the directory, a record per entry; its
 * end in 64 bits and the place of that, both of which torch always writes; its end.
 *
 * @module
 */

import { shown } from "../bad_model.ts";
import { MOST_TENSORS } from "../header.ts";
import { type FilePart, readAt } from "./read_at.ts";
import { Unfit } from "./unfit.ts";
import { ZipFields } from "./zip_fields.ts";
import { dataOf, readRecord, type ZipRecord } from "./zip_record.ts";

const END = { signature: 0x06054b50, length: 22 };
const LOCATOR = { signature: 0x07064b50, length: 20 };
const END_64 = { signature: 0x06064b50, length: 56 };

/** Storages, the pickle and a handful of notes. */
const MOST_ENTRIES = MOST_TENSORS + 100;
const LONGEST_DIRECTORY_BYTES = 100_000_000;

/**
 * Where the data of the entries are, by name.
 *
 * @throws {Unfit} where the archive is damaged, or none that torch.save wrote
 */
export async function readZipDirectory(
  file: Deno.FsFile,
  size: number,
): Promise<ReadonlyMap<string, FilePart>> {
  const { count, ...part } = await findDirectory(file, size);
  const records = readRecords(new ZipFields(await readAt(file, part)), count);
  const entries = new Map<string, FilePart>();
  let end = 0;
  for (const record of records.toSorted((a, b) => a.header - b.header)) {
    const { name } = record;
    if (record.header < end) throw new Unfit("the entries of its archive overlap", shown(name));
    const data = await dataOf(record, file);
    end = data.offset + data.length;
    if (end > part.offset) throw new Unfit("an entry of its archive exceeds it", shown(name));
    if (entries.has(name)) throw new Unfit("its archive has an entry twice", shown(name));
    entries.set(name, data);
  }
  return entries;
}

/** Where the directory is, and how many records it has. */
interface Directory extends FilePart {
  readonly count: number;
}

async function findDirectory(file: Deno.FsFile, size: number): Promise<Directory> {
  const tail = Math.min(size, END_64.length + LOCATOR.length + END.length);
  const at = size - tail;
  const fields = new ZipFields(await readAt(file, { offset: at, length: tail }));
  const narrow = narrowDirectory(fields);
  const wide = wideDirectory(fields, at);
  const { offset, length, count } = wide ?? narrow;
  const end = wide === undefined ? size - END.length : at;
  if (offset + length !== end || (wide !== undefined && !agree(narrow, wide))) {
    throw new Unfit("its archive says two things of its entries", `${count} in ${length} bytes`);
  }
  if (count > MOST_ENTRIES || length > LONGEST_DIRECTORY_BYTES) {
    const limits = `${MOST_ENTRIES} entries, listed in ${LONGEST_DIRECTORY_BYTES} bytes`;
    throw new Unfit(`its archive may have at most ${limits}`, `${count} in ${length}`);
  }
  return { offset, length, count };
}

/** The directory's end, with which the file ends. */
function narrowDirectory(fields: ZipFields): Directory {
  const at = fields.length - END.length;
  const isEnd = at >= 0 && fields.uint32(at) === END.signature && fields.uint16(at + 20) === 0;
  if (!isEnd) {
    throw new Unfit("it does not end as an archive of torch.save and may be truncated", "no end");
  }
  return {
    count: fields.uint16(at + 10),
    length: fields.uint32(at + 12),
    offset: fields.uint32(at + 16),
  };
}

/** The end in 64 bits, where there is one. @param start where `fields` begin in the file */
function wideDirectory(fields: ZipFields, start: number): Directory | undefined {
  const locator = END_64.length;
  if (fields.length < END_64.length + LOCATOR.length + END.length) return undefined;
  if (fields.uint32(locator) !== LOCATOR.signature) return undefined;
  if (fields.uint64(locator + 8) !== start || fields.uint32(0) !== END_64.signature) {
    throw new Unfit("its archive says two things of its end", `byte ${fields.uint64(locator + 8)}`);
  }
  return { count: fields.uint64(32), length: fields.uint64(40), offset: fields.uint64(48) };
}

/** A narrow field whose bits are all set says that the wide one counts. */
function agree(narrow: Directory, wide: Directory): boolean {
  const same = (one: number, other: number, unset: number) => one === other || one === unset;
  return same(narrow.count, wide.count, 0xffff) &&
    same(narrow.length, wide.length, 0xffffffff) &&
    same(narrow.offset, wide.offset, 0xffffffff);
}

function readRecords(fields: ZipFields, count: number): ZipRecord[] {
  const records: ZipRecord[] = [];
  let at = 0;
  while (records.length < count) {
    const record = readRecord(fields, at);
    records.push(record);
    at += record.recordLength;
  }
  if (at === fields.length) return records;
  throw new Unfit("its archive's list of entries is longer than it says", `${count} entries`);
}
