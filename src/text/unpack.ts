/**
 * Unpack: an encoding of the tokenizers library as arrays of numbers.
 *
 * The library tokenises on another thread, but what it found is read on this one, at some 2 µs a token:
 * a text of hundreds of thousands of tokens would stop everything else for as long.
 *
 * @module
 */

import type { JsEncoding } from "tokenizers";

/** Tokens that are read before other work gets a turn. */
const STRIDE = 2_048;

/** The tokens of an encoding. */
export interface Unpacked {
  readonly ids: Int32Array;
  /** The start of each token in its text, in code points; 0 for added tokens. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Reads an encoding; of a long one a part at a time, with turns for other work in between. */
export async function unpack(encoding: JsEncoding): Promise<Unpacked> {
  const ids = Int32Array.from(encoding.getIds());
  const [starts, ends] = [new Int32Array(ids.length), new Int32Array(ids.length)];
  const place = (at: number, [start = 0, end = 0]: readonly number[]) => {
    starts[at] = start;
    ends[at] = end;
  };
  if (ids.length <= STRIDE) {
    encoding.getOffsets().forEach((span, at) => place(at, span));
    return { ids, starts, ends };
  }
  for (let at = 0; at < ids.length; at++) {
    place(at, encoding.tokenToChars(at) ?? []);
    if ((at + 1) % STRIDE === 0) await nextTurn();
  }
  return { ids, starts, ends };
}

/** Timers come after what has arrived meanwhile. */
function nextTurn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, 0);
  return promise;
}
