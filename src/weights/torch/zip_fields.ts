/**
 * ZipFields: the numbers and names in a piece of a zip archive, by where they stand in it.
 *
 * @module
 */

import { Unfit } from "./unfit.ts";

/** Every access beyond the end is the error of a damaged archive. */
export class ZipFields {
  readonly #view: DataView<ArrayBuffer>;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes. */
  get length(): number {
    return this.#view.byteLength;
  }

  uint16(at: number): number {
    return this.#view.getUint16(this.#checked(at, 2), true);
  }

  uint32(at: number): number {
    return this.#view.getUint32(this.#checked(at, 4), true);
  }

  /** @throws {Unfit} where the number is not exact, as no size of a file is */
  uint64(at: number): number {
    const value = this.#view.getBigUint64(this.#checked(at, 8), true);
    if (value <= Number.MAX_SAFE_INTEGER) return Number(value);
    throw new Unfit("its archive is beyond every possible size", `${value} bytes`);
  }

  /** A name of `length` bytes. */
  text(at: number, length: number): string {
    const bytes = new Uint8Array(this.#view.buffer, this.#checked(at, length), length);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new Unfit("the names in its archive must be UTF-8", `${length} other bytes`);
    }
  }

  #checked(at: number, length: number): number {
    if (at + length <= this.#view.byteLength) return at;
    throw new Unfit("its archive's list of entries is damaged", `${this.length} bytes of it`);
  }
}
