/**
 * The part of a completion that its score is read from.
 *
 * A causal model has seen nothing of what stands behind the token at which its score is read: padding,
 * tokens that close the text, or anything else behind a token that was named. Such tokens keep their
 * places in a reply and earn nothing.
 *
 * @module
 */

import type { Encoding } from "./encoding.ts";

/** An encoding whose completion ends where it was read to. */
export interface ReadPart extends Encoding {
  /** Tokens of the whole completion behind that. @default 0 */
  readonly unread?: number;
}

/**
 * The part of a completion that was read.
 *
 * @param seen tokens of the sequence, from the first on, that the score can depend on
 */
export function readPart(encoding: Encoding, seen: number): ReadPart {
  const { completion: [start, end], offsets } = encoding;
  if (end <= seen) return encoding;
  const readEnd = Math.min(end, Math.max(start, seen));
  return {
    ...encoding,
    completion: [start, readEnd],
    offsets: offsets.slice(0, readEnd - start),
    unread: end - readEnd,
  };
}
