/**
 * At once: whether attention is computed in one batched product instead of tile by tile, by the memory that this
 * takes. A device may have none to spare: then everything is computed in tiles.
 *
 * @module
 */

/** What may be held at a time, and what is. */
export interface AtOnceLimit {
  /** Most bytes of one layer. */
  readonly bytes: number;
  /** Bytes of one pair of a row and a key, over all heads. */
  readonly perPair: number;
  /** Bytes of what is gathered of one token: its query, key, value and result. */
  readonly perPlace: number;
}

/** How large something is that would be computed at once, with what fills it up. */
export interface Extents {
  readonly pairs: number;
  readonly places: number;
}

/** Whether it may be computed at once; never without a limit. */
export function fits(limit: AtOnceLimit | undefined, { pairs, places }: Extents): boolean {
  return limit !== undefined && pairs * limit.perPair + places * limit.perPlace <= limit.bytes;
}
