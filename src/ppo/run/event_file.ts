/**
 * Event file: the numbers of a run as TensorBoard reads them, a record per line of metrics.jsonl.
 *
 * No package on npm that is kept writes it. A record is a protobuf message (`event.proto`, `summary.proto`)
 * in the framing of TFRecord: its length, the length's checksum, the message, the message's checksum.
 *
 * @module
 */

import { join } from "node:path";
import protobuf from "protobufjs";
import { writeAll } from "../../files.ts";
import { once } from "../../once.ts";

/** What is written, with the field numbers of TensorBoard. */
const messages = {
  Event: {
    fields: {
      wallTime: { type: "double", id: 1 },
      step: { type: "int64", id: 2 },
      fileVersion: { type: "string", id: 3 },
      summary: { type: "Summary", id: 5 },
      sessionLog: { type: "SessionLog", id: 7 },
    },
  },
  Summary: { fields: { value: { type: "Value", id: 1, rule: "repeated" } } },
  // A number of a choice is written where it is 0, too.
  Value: {
    oneofs: { value: { oneof: ["simpleValue"] } },
    fields: { tag: { type: "string", id: 1 }, simpleValue: { type: "float", id: 2 } },
  },
  SessionLog: { fields: { status: { type: "int32", id: 1 } } },
};

const eventType = once(() => protobuf.Root.fromJSON({ nested: messages }).lookupType("Event"));

/** The version that every reader expects. */
const VERSION = "brain.Event:2";

/** Says that a run starts or resumes, so that readers drop what earlier files have from this step on. */
const START = 1;

/** Numbers by their tags, at a step. */
export interface Scalars {
  readonly step: number;
  readonly values: ReadonlyMap<string, number>;
}

/** The event file of one process; it is created when there is something to write. */
export class EventFile {
  readonly #directory: string;
  readonly #nowMs: () => number;
  #path: string | undefined;
  #firstStep: number | undefined;

  /** @param nowMs the time of day, in milliseconds since 1970 */
  constructor(directory: string, nowMs: () => number = Date.now) {
    this.#directory = directory;
    this.#nowMs = nowMs;
  }

  /** Says that steps after this one are made again, whatever earlier files have. */
  resumeAfter(step: number): void {
    this.#firstStep = step + 1;
  }

  /** Appends numbers; those that are not finite are left out. */
  async append({ step, values }: Scalars): Promise<void> {
    const value = [...values].filter(([, number]) => Number.isFinite(number))
      .map(([tag, simpleValue]) => ({ tag, simpleValue }));
    this.#path ??= await this.#create(step);
    await this.#write(this.#path, [{ step, summary: { value } }]);
  }

  /** Names sort by time, as readers take the files of a directory in their order. */
  async #create(step: number): Promise<string> {
    await Deno.mkdir(this.#directory, { recursive: true });
    const seconds = (this.#nowMs() / 1000).toFixed(3).padStart(14, "0");
    const path = join(this.#directory, `events.out.tfevents.${seconds}.${step}.abacus`);
    await this.#write(path, [
      { fileVersion: VERSION },
      { step: this.#firstStep ?? step, sessionLog: { status: START } },
    ]);
    return path;
  }

  async #write(path: string, events: readonly Record<string, unknown>[]): Promise<void> {
    const wallTime = this.#nowMs() / 1000;
    const type = eventType();
    const records = events.map((event) =>
      framed(type.encode(type.create({ wallTime, ...event })).finish())
    );
    using file = await Deno.open(path, { append: true, create: true });
    for (const record of records) await writeAll(file, record);
  }
}

/** A record: length and message, each with its checksum; numbers are little-endian. */
export function framed(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = message;
  const record = new Uint8Array(length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(length), true);
  view.setUint32(8, masked(record.subarray(0, 8)), true);
  record.set(message, 12);
  view.setUint32(12 + length, masked(message), true);
  return record;
}

/** A checksum as records have it, since one of data that holds checksums is weak. */
function masked(bytes: Uint8Array): number {
  const sum = crc32c(bytes);
  return ((sum >>> 15 | sum << 17) + 0xa282ead8) >>> 0;
}

/** The polynomial of Castagnoli, its bits turned round. */
const POLYNOMIAL = 0x82f63b78;

/** CRC-32C (RFC 3720, appendix B.4). */
export function crc32c(bytes: Uint8Array): number {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? sum >>> 1 ^ POLYNOMIAL : sum >>> 1;
  }
  return ~sum >>> 0;
}
