/**
 * Part file: a partly downloaded file, which a later pull resumes.
 *
 * Its name contains the digest, so that the parts of two versions never mix. It is locked while it is
 * written, so that two pulls cannot mix either.
 *
 * @module
 */

import type { Hash } from "node:crypto";
import { digestRest, startDigest } from "./digest.ts";
import { failedPull } from "./hub_error.ts";
import type { HubFile } from "./repository.ts";

/** The name of the part of a file, in the same directory. */
export function partName({ path, digest }: HubFile): string {
  return `${path}.${digest.hex.slice(0, 16)}.part`;
}

/** A file that is being received. */
export class PartFile implements Disposable {
  readonly path: string;
  readonly #target: HubFile;
  readonly #file: Deno.FsFile;
  #hash: Hash;
  #received = 0;

  private constructor(path: string, target: HubFile, file: Deno.FsFile) {
    this.path = path;
    this.#target = target;
    this.#file = file;
    this.#hash = startDigest(target.digest, target.bytes);
  }

  /**
   * Opens the part, and creates it where there is none.
   *
   * @throws {AbacusError} `bad_model` where another pull writes it
   */
  static async open(path: string, target: HubFile, signal?: AbortSignal): Promise<PartFile> {
    const file = await Deno.open(path, { read: true, write: true, create: true });
    try {
      if (!await file.tryLock(true)) {
        throw failedPull("another pull of the same model is running", path);
      }
      const part = new PartFile(path, target, file);
      await part.#resume(signal);
      return part;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Bytes received so far. */
  get received(): number {
    return this.#received;
  }

  /** Whether all bytes were received. */
  get complete(): boolean {
    return this.#received === this.#target.bytes;
  }

  /** @throws {AbacusError} `bad_model` where the disk cannot take them or there are more than listed */
  async append(chunk: Uint8Array): Promise<void> {
    const { path, bytes } = this.#target;
    if (this.#received + chunk.length > bytes) {
      throw failedPull(`${path} is longer than the ${bytes} bytes that the hub lists`, "more");
    }
    try {
      for (let written = 0; written < chunk.length;) {
        const count = await this.#file.write(chunk.subarray(written));
        this.#hash.update(chunk.subarray(written, written + count));
        written += count;
        this.#received += count;
      }
    } catch (error) {
      const reason = isDiskFull(error) ? "the disk is full" : "the file cannot be written";
      throw failedPull(reason, `${this.path} (${error})`, error);
    }
  }

  /** Starts over. */
  async restart(): Promise<void> {
    await this.#file.truncate(0);
    await this.#file.seek(0, Deno.SeekMode.Start);
    this.#hash = startDigest(this.#target.digest, this.#target.bytes);
    this.#received = 0;
  }

  /** Whether the bytes have the digest that the hub lists. To be called once, when complete. */
  async verify(): Promise<boolean> {
    const { digest } = this.#target;
    const matches = this.complete && this.#hash.digest("hex") === digest.hex;
    // The bytes must be on the disk before the file is renamed.
    if (matches) await this.#file.syncData();
    return matches;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }

  /** Continues behind the bytes of an earlier pull. */
  async #resume(signal?: AbortSignal): Promise<void> {
    const { size } = await this.#file.stat();
    if (size > this.#target.bytes) return await this.restart();
    await digestRest(this.#hash, this.#file, signal);
    this.#received = size;
  }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    (error.code === "ENOSPC" || error.code === "EDQUOT");
}
