/**
 * BytesReply: a reply that is not JSON alone.
 *
 * @module
 */

/** Bytes, in parts, and the headers that tell what they are. */
export class BytesReply {
  constructor(
    readonly parts: readonly Uint8Array[],
    readonly headers: Readonly<Record<string, string>>,
  ) {}

  /** All parts, one behind the other. */
  get bytes(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of this.parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}
