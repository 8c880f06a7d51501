/**
 * PickleBytes: the bytes of pickles that stand one behind another, taken from front to back.
 *
 * @module
 */

import { Unfit } from "./unfit.ts";

/** Enough for 50,000 tensors in a file; a large model has a thousand. The storages are not among them. */
export const MOST_PICKLE_BYTES = 2 ** 24;

/** The longest name of a module or of a global; those of torch have 31 characters. */
const LONGEST_LINE = 200;
const NEWLINE = 0x0a;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes that are taken from front to back; nothing is ever copied before it is known to be there. */
export class PickleBytes {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** How many bytes were taken. */
  get taken(): number {
    return this.#at;
  }

  /** The next `count` bytes. */
  take(count: number): Uint8Array<ArrayBuffer> {
    const from = this.#skip(count);
    return this.#bytes.subarray(from, this.#at);
  }

  uint8(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#skip(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#skip(4), true);
  }

  /** Of the numbers of a pickle only these have their highest byte first. */
  float64(): number {
    return this.#view.getFloat64(this.#skip(8), false);
  }

  /** A signed number of `count` bytes; where it is not exact as a number, as a bigint. */
  long(count: number): number | bigint {
    const value = BigInt(`0x0${this.take(count).toReversed().toHex()}`);
    const signed = BigInt.asIntN(8 * count, value);
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }

  /** `count` bytes of UTF-8. */
  text(count: number): string {
    const bytes = this.take(count);
    try {
      return utf8.decode(bytes);
    } catch {
      throw new Unfit("its texts must be UTF-8", `${count} other bytes`);
    }
  }

  /** A line without its end. */
  line(): string {
    const part = this.#bytes.subarray(this.#at, this.#at + LONGEST_LINE + 1);
    const length = part.indexOf(NEWLINE);
    if (length < 0) throw new Unfit("the name of a global does not end", `${part.length} bytes`);
    const line = this.text(length);
    this.#skip(1);
    return line;
  }

  /** @returns where the skipped bytes begin */
  #skip(count: number): number {
    const from = this.#at;
    if (count > this.#bytes.length - from) {
      throw new Unfit(
        "its pickle ends too early",
        `${this.#bytes.length - from} bytes of ${count}`,
      );
    }
    this.#at += count;
    return from;
  }
}
