/**
 * Frames: messages with arrays as bytes, on a stream between two processes.
 *
 * A frame is a header (mark, bytes of the head, bytes of the body; `uint32` each, little-endian), a head
 * of JSON, and a body of arrays, each at a multiple of eight bytes. What is read are views into the body,
 * so no number is copied one by one.
 *
 * @module
 */

import type { Numbers } from "./arrays.ts";

const kinds = { Float32Array, Int32Array, BigInt64Array, Uint8Array } as const;

type Kind = keyof typeof kinds;

/** Tells a frame from whatever else a library may have written to the stream. */
const MARK = 0x41424143;

const HEADER_BYTES = 12;

/** The most that one message may hold. */
const MOST_BYTES = 2 ** 31;

/** A message as one frame. Numbers that JSON does not know (NaN) and `undefined` travel too. */
export function encodeFrame(message: unknown): Uint8Array<ArrayBuffer> {
  const arrays: { readonly data: Numbers; readonly at: number }[] = [];
  let bodyBytes = 0;
  const place = (data: Numbers) => {
    const at = bodyBytes;
    arrays.push({ data, at });
    bodyBytes = aligned(at + data.byteLength);
    return { $: [data.constructor.name, at, data.length] };
  };
  const head = new TextEncoder().encode(
    JSON.stringify(message, (_, value) => isNumbers(value) ? place(value) : portable(value)),
  );
  const start = aligned(HEADER_BYTES + head.length);
  if (start + bodyBytes > MOST_BYTES) {
    throw new RangeError(
      `Cannot send a message of more than ${MOST_BYTES} bytes: received ${start + bodyBytes}`,
    );
  }
  const frame = new Uint8Array(start + bodyBytes);
  frame.set(new Uint8Array(Uint32Array.of(MARK, head.length, bodyBytes).buffer));
  frame.set(head, HEADER_BYTES);
  for (const { data, at } of arrays) frame.set(bytesOf(data), start + at);
  return frame;
}

/**
 * The messages on a stream, until it ends. The arrays of a message share one buffer.
 *
 * @throws {TypeError} where something that is no frame stands on the stream
 */
export async function* readFrames(stream: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  const header = new Uint8Array(HEADER_BYTES);
  let target = header;
  let filled = 0;
  for await (let chunk of stream) {
    while (chunk.length > 0) {
      const part = chunk.subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
      chunk = chunk.subarray(part.length);
      if (filled < target.length) break;
      filled = 0;
      if (target !== header) yield decode(target, sizesOf(header));
      target = target === header ? new Uint8Array(sizesOf(header).restBytes) : header;
    }
  }
}

interface Sizes {
  readonly headBytes: number;
  /** Where the body begins, counted from the end of the header. */
  readonly start: number;
  readonly restBytes: number;
}

function sizesOf(header: Uint8Array): Sizes {
  const view = new DataView(header.buffer, header.byteOffset);
  const [mark, headBytes, bodyBytes] = [0, 4, 8].map((at) => view.getUint32(at, true));
  const start = aligned(HEADER_BYTES + headBytes!) - HEADER_BYTES;
  const restBytes = start + bodyBytes!;
  if (mark === MARK && headBytes! > 0 && restBytes <= MOST_BYTES) {
    return { headBytes: headBytes!, start, restBytes };
  }
  const received = JSON.stringify(new TextDecoder().decode(header));
  throw new TypeError(
    `Cannot read a message as the stream holds something else: received ${received}`,
  );
}

function decode(rest: Uint8Array, { headBytes, start }: Sizes): unknown {
  const head = new TextDecoder().decode(rest.subarray(0, headBytes));
  const body = rest.buffer.slice(start) as ArrayBuffer; // views have to begin at multiples of their width
  return JSON.parse(head, (_, value) => {
    const mark: unknown = value?.$;
    if (!Array.isArray(mark)) return value;
    if (mark.length === 1) return Number(mark[0]);
    const [kind, at, length] = mark as [Kind, number, number];
    return new kinds[kind](body, at, length);
  });
}

function isNumbers(value: unknown): value is Numbers {
  return ArrayBuffer.isView(value) && Object.hasOwn(kinds, value.constructor.name);
}

/** JSON has no NaN, and drops what is undefined. */
function portable(value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) return { $: [String(value)] };
  return value === undefined ? null : value;
}

function bytesOf({ buffer, byteOffset, byteLength }: Numbers): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
