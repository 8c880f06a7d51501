/**
 * Splits chunks of bytes into lines, in bounded memory.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** Replaces a line that was too long; its bytes are discarded. */
export const overlong: unique symbol = Symbol("overlong line");

/** A line without its line break, or the mark of one that was too long. */
export type Line = Uint8Array | typeof overlong;

const newline = 0x0a;

/**
 * The lines of a stream, as many at a time as a chunk completes. The last line needs no line break.
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  { longestBytes }: { readonly longestBytes: number },
): AsyncGenerator<Line[]> {
  const begun = new BegunLine(longestBytes);
  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let start = 0;
    for (let end; (end = chunk.indexOf(newline, start)) >= 0; start = end + 1) {
      lines.push(begun.finish(chunk.subarray(start, end)));
    }
    begun.add(chunk.slice(start));
    if (lines.length > 0) yield lines;
  }
  if (!begun.empty) yield [begun.finish(new Uint8Array())];
}

/** A line whose end has not been read. */
class BegunLine {
  readonly #longestBytes: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor(longestBytes: number) {
    this.#longestBytes = longestBytes;
  }

  get empty(): boolean {
    return this.#bytes === 0;
  }

  /** Keeps the bytes while the line is short enough. */
  add(part: Uint8Array): void {
    this.#bytes += part.length;
    if (this.#bytes <= this.#longestBytes) this.#parts.push(part);
    else this.#parts = [];
  }

  /** The line that ends with `part`; the next one begins empty. */
  finish(part: Uint8Array): Line {
    // Most lines lie within one chunk.
    if (this.empty && part.length <= this.#longestBytes) return part;
    this.add(part);
    const line = this.#bytes > this.#longestBytes
      ? overlong
      : Buffer.concat(this.#parts, this.#bytes);
    this.#parts = [];
    this.#bytes = 0;
    return line;
  }
}
