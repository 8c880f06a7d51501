/**
 * The fields of a protobuf message within a file, one level deep: their numbers and their places. What they
 * hold is not read, so that weights of any size are passed over.
 *
 * The wire format is that of https://protobuf.dev/programming-guides/encoding.
 *
 * @module
 */

import type { FilePart } from "../weights/torch/read_at.ts";
import { Unfit } from "../weights/torch/unfit.ts";
import type { FileWindow } from "./file_window.ts";

/** One field of a message. */
export interface ProtoField {
  readonly number: number;
  /** Whether it is a text, bytes, a message or packed numbers, and not one number. */
  readonly isDelimited: boolean;
  /** The whole field: its tag, its length and what it holds. */
  readonly whole: FilePart;
  /** What it holds. */
  readonly content: FilePart;
}

/** A tag and a length take at most 5 and 10 bytes. */
const LONGEST_HEAD_BYTES = 15;

/** Bytes of each wire type of fixed size. */
const fixedBytes: ReadonlyMap<number, number> = new Map([[1, 8], [5, 4]]);
const VARINT = 0;
const DELIMITED = 2;

/**
 * The fields of the message that fills a part of a file, in their order.
 *
 * @throws {Unfit} where the part is no message
 */
export async function* fieldsOf(
  window: FileWindow,
  { offset, length }: FilePart,
): AsyncGenerator<ProtoField> {
  const end = offset + length;
  for (let at = offset; at < end;) {
    const head = await window.at({ offset: at, length: Math.min(LONGEST_HEAD_BYTES, end - at) });
    const field = fieldAt(head, at);
    const { content } = field;
    at = content.offset + content.length;
    if (at > end) throw new Unfit("a field is longer than its message", `${at - end} bytes more`);
    yield field;
  }
}

function fieldAt(head: Uint8Array, offset: number): ProtoField {
  const tag = varint(head, 0);
  const [number, type] = [Math.floor(tag.value / 8), tag.value % 8];
  if (number === 0 || tag.value >= 2 ** 32) throw new Unfit("a field has no such tag", tag.value);
  const { start, length } = contentOf(head, { type, start: tag.end });
  return {
    number,
    isDelimited: type === DELIMITED,
    whole: { offset, length: start + length },
    content: { offset: offset + start, length },
  };
}

function contentOf(
  head: Uint8Array,
  { type, start }: { type: number; start: number },
): { start: number; length: number } {
  if (type === VARINT) return { start, length: varint(head, start).end - start };
  if (type === DELIMITED) {
    const { value, end } = varint(head, start);
    return { start: end, length: value };
  }
  const length = fixedBytes.get(type);
  if (length === undefined) throw new Unfit("a field is of a kind that ONNX does not have", type);
  return { start, length };
}

/** A number of seven bits per byte, the lowest first. One over 2^53 is no length, and not told exactly. */
function varint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  for (let at = start; at < Math.min(bytes.length, start + 10); at++) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * (at - start));
    if (byte < 0x80) return { value, end: at + 1 };
  }
  throw new Unfit("a number does not end", `${bytes.length - start} bytes`);
}
