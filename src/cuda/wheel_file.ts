/**
 * Wheel file: takes single files out of a wheel, which is a zip archive. Its hash was checked before, so it is no
 * untrusted input; what does not look as expected is an error all the same.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { readInto } from "../files.ts";

/** The records of the format: signature, and bytes without names. */
const END = { signature: 0x06054b50, length: 22 };
const RECORD = { signature: 0x02014b50, length: 46 };
const HEADER = { signature: 0x04034b50, length: 30 };

/** How the data of a file is kept. */
const [STORED, DEFLATED] = [0, 8];

interface Entry {
  readonly method: number;
  readonly packedBytes: number;
  readonly header: number;
}

/** Writes one file of a wheel to `target`, which a reader sees whole or not at all. @returns its bytes */
export async function extract(wheel: string, path: string, target: string): Promise<number> {
  using file = await Deno.open(wheel);
  const entry = (await entriesOf(file)).get(path);
  if (entry === undefined) throw broken(wheel, `no file ${path}`);
  const packed = await packedOf(file, entry);
  const plain = entry.method === STORED
    ? packed
    : packed.pipeThrough(new DecompressionStream("deflate-raw"));
  const next = `${target}.new`;
  await Deno.writeFile(next, plain);
  await Deno.rename(next, target);
  return (await Deno.stat(target)).size;
}

async function entriesOf(file: Deno.FsFile): Promise<Map<string, Entry>> {
  const { size } = await file.stat();
  const end = await viewOf(file, size - END.length, END.length);
  expectSignature(end, END.signature);
  const [length, offset] = [end.getUint32(12, true), end.getUint32(16, true)];
  const directory = await viewOf(file, offset, length);
  const entries = new Map<string, Entry>();
  for (let at = 0; at < length;) {
    const record = new DataView(directory.buffer, at);
    expectSignature(record, RECORD.signature);
    const [name, extra, comment] = [28, 30, 32].map((place) => record.getUint16(place, true));
    const bytes = new Uint8Array(directory.buffer, at + RECORD.length, name);
    entries.set(new TextDecoder().decode(bytes), {
      method: record.getUint16(10, true),
      packedBytes: record.getUint32(20, true),
      header: record.getUint32(42, true),
    });
    at += RECORD.length + name! + extra! + comment!;
  }
  return entries;
}

/** The packed data of an entry as a stream. */
async function packedOf(
  file: Deno.FsFile,
  { method, packedBytes, header }: Entry,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  if (method !== STORED && method !== DEFLATED) throw broken("the wheel", `method ${method}`);
  const fields = await viewOf(file, header, HEADER.length);
  expectSignature(fields, HEADER.signature);
  const skipped = fields.getUint16(26, true) + fields.getUint16(28, true);
  await file.seek(header + HEADER.length + skipped, Deno.SeekMode.Start);
  let left = packedBytes;
  return new ReadableStream({
    async pull(controller) {
      if (left === 0) return controller.close();
      const chunk = new Uint8Array(Math.min(left, CHUNK_BYTES));
      const count = await readInto(file, chunk);
      if (count < chunk.length) throw broken("the wheel", "its end within a file");
      left -= count;
      controller.enqueue(chunk);
    },
  });
}

const CHUNK_BYTES = 1 << 20;

async function viewOf(file: Deno.FsFile, offset: number, length: number): Promise<DataView> {
  if (offset < 0) throw broken("the wheel", "a file too short for an archive");
  await file.seek(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  await readInto(file, bytes);
  return new DataView(bytes.buffer);
}

function expectSignature(view: DataView, signature: number): void {
  const found = view.getUint32(0, true);
  if (found !== signature) throw broken("the wheel", `the record 0x${found.toString(16)}`);
}

function broken(wheel: string, received: string): AbacusError {
  return new AbacusError(
    "bad_device",
    `Cannot take libraries out of ${wheel} as it is no wheel that was expected: received ${received}`,
  );
}
