/**
 * BytesReply: a reply that is not JSON alone.
 *
 * @module
 */

import { concatenate } from "./body.ts";

/** The content type of bytes. */
export const bytesType = "application/octet-stream";

/** Bytes, in parts, and the headers that tell what they are. */
export class BytesReply {
  constructor(
    readonly parts: readonly Uint8Array[],
    readonly headers: Readonly<Record<string, string>>,
  ) {}

  /** All parts, one behind the other. */
  get bytes(): Uint8Array<ArrayBuffer> {
    const length = this.parts.reduce((sum, part) => sum + part.length, 0);
    return concatenate(this.parts, length);
  }
}
