/**
 * Fields of a message as bytes: how many of them are kept, and how they are put together again.
 *
 * @module
 */

import { Unfit } from "../weights/torch/unfit.ts";
import type { FileWindow } from "./file_window.ts";
import type { ProtoField } from "./proto_fields.ts";

/** Bytes beside the weights. The graph of a model of seven billion parameters has a tenth of it. */
const MOST_GRAPH_BYTES = 2 ** 27;

/** A field of a message, as it is written. */
export interface FieldBytes {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** What may still be kept of a file. */
export class Budget {
  #left = MOST_GRAPH_BYTES;

  /** @throws {Unfit} where it is too much */
  async keep(window: FileWindow, { number, whole }: ProtoField): Promise<FieldBytes> {
    this.#left -= whole.length;
    if (this.#left < 0) {
      throw new Unfit(
        `it may have at most ${MOST_GRAPH_BYTES} bytes beside the raw data of its weights`,
        `${MOST_GRAPH_BYTES - this.#left} or more`,
      );
    }
    return { number, bytes: (await window.at(whole)).slice() };
  }
}

/** A field of bytes: tag, length, content. */
export function delimited(number: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  return joined([varint(number * 8 + 2), varint(content.length), content]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push(rest % 0x80 + 0x80);
  return Uint8Array.from([...bytes, rest]);
}

/** Arrays one after the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
