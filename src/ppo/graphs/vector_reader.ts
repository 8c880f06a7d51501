/**
 * Vector reader: reads parts of a vector in pieces, wherever it lies, so that it need not be copied as a whole.
 *
 * @module
 */

import type { Place } from "./parameter_vector.ts";

/** Some of a vector's elements. */
type Part = Pick<Place, "offset" | "length">;

type Vector = Float32Array<ArrayBuffer>;

/** The elements of a part, in order. */
export type VectorReader = (part: Part) => AsyncIterable<Vector>;

/** Elements of a piece: 16 MiB. */
const PIECE = 2 ** 22;

/** Reads a part by calls for no more than a piece. */
export async function* inPieces(
  { offset, length }: Part,
  read: (piece: Part) => Promise<Vector>,
  most = PIECE,
): AsyncGenerator<Vector, void> {
  for (let done = 0; done < length; done += most) {
    yield await read({ offset: offset + done, length: Math.min(most, length - done) });
  }
}

/** Reads a vector that is in memory. */
export function readerOf(vector: Vector): VectorReader {
  return async function* ({ offset, length }) {
    yield vector.subarray(offset, offset + length);
  };
}

/** A part as one array. */
export async function readWhole(read: VectorReader, part: Part): Promise<Vector> {
  const whole = new Float32Array(part.length);
  let at = 0;
  for await (const piece of read(part)) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
