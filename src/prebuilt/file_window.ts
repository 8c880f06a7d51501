/**
 * A window on a file that is too large to be read whole: neighbouring parts are read together.
 *
 * @module
 */

import { type FilePart, readAt } from "../weights/torch/read_at.ts";
import { Unfit } from "../weights/torch/unfit.ts";

/** Bytes that are read at once: the fields of a message are small, and the weights are skipped. */
const WINDOW_BYTES = 2 ** 16;

/** Reads parts of a file, most of them from memory. */
export class FileWindow {
  readonly size: number;
  readonly #file: Deno.FsFile;
  #bytes = new Uint8Array();
  #start = 0;

  /** @param size the file's, in bytes */
  constructor(file: Deno.FsFile, size: number) {
    this.#file = file;
    this.size = size;
  }

  /**
   * A part of the file, which is not to be changed.
   *
   * @throws {Unfit} where the file ends before
   */
  async at({ offset, length }: FilePart): Promise<Uint8Array> {
    const end = offset + length;
    if (end > this.size) throw new Unfit("it ends within a field", `${this.size} bytes of ${end}`);
    if (offset < this.#start || end > this.#start + this.#bytes.length) {
      await this.#move(offset, Math.min(this.size - offset, Math.max(length, WINDOW_BYTES)));
    }
    return this.#bytes.subarray(offset - this.#start, end - this.#start);
  }

  async #move(offset: number, length: number): Promise<void> {
    this.#bytes = await readAt(this.#file, { offset, length });
    this.#start = offset;
  }
}
