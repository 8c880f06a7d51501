/**
 * Runs: query rows that stand together in one segment, with the keys they attend to.
 *
 * @module
 */

import type { Segment } from "./prefix_tree.ts";

/** Some query rows of one segment. They attend to all prefix tokens and within `keys` to what each reaches. */
export interface Run {
  readonly prefix: Prefix;
  /** The own keys. */
  readonly keys: Piece;
  /** The query rows, as the frame counts them. */
  readonly rows: readonly number[];
  /** Per row, how many of the own keys it sees; at least 1. */
  readonly reach: readonly number[];
}

/** The tokens before some token: those of all segments above `segment`, and the first ones of it. */
export interface Prefix {
  readonly segment: Segment;
  /** How many tokens of `segment` itself. */
  readonly own: number;
  /** How many tokens altogether. */
  readonly length: number;
}

/** Consecutive tokens of the packed list. */
export interface Piece {
  readonly first: number;
  readonly length: number;
}

/** Query rows of a segment: which of its tokens they stand on, and how the frame counts them. */
export interface RowsOfSegment {
  readonly segment: Segment;
  /** Offsets into the segment, ascending. */
  readonly offsets: readonly number[];
  readonly rows: readonly number[];
}

/** Where runs are cut. */
export interface RunLimits {
  /** Most query-key pairs, so that the scores of no run outgrow memory; a single row may have more. */
  readonly maxPairs: number;
  readonly maxRows: number;
}

/** Cuts rows into runs. A run starts its own keys at its first row; what stands before is its prefix. */
export function runsOf({ segment, offsets, rows }: RowsOfSegment, limits: RunLimits): Run[] {
  const runs: Run[] = [];
  for (let from = 0; from < offsets.length;) {
    const to = cut(segment, offsets, { from, ...limits });
    const [lowest, highest] = [offsets[from] ?? 0, offsets[to - 1] ?? 0];
    // A run that starts in the middle of a segment shares its prefix with no other.
    const start = from === 0 ? 0 : lowest;
    runs.push({
      prefix: { segment, own: start, length: segment.start + start },
      keys: { first: segment.first + start, length: highest + 1 - start },
      rows: rows.slice(from, to),
      reach: offsets.slice(from, to).map((offset) => offset + 1 - start),
    });
    from = to;
  }
  return runs;
}

/** The end of the longest run from `from` on that stays within the limits. */
function cut(
  segment: Segment,
  offsets: readonly number[],
  { from, maxPairs, maxRows }: RunLimits & { from: number },
): number {
  let to = from + 1;
  while (to < offsets.length && to - from < maxRows) {
    const keys = segment.start + (offsets[to] ?? 0) + 1;
    if ((to + 1 - from) * keys > maxPairs) break;
    to++;
  }
  return to;
}

/** Where the tokens of a prefix stand, outermost first. */
export function piecesOf({ segment, own }: Prefix): Piece[] {
  const pieces: Piece[] = own === 0 ? [] : [{ first: segment.first, length: own }];
  for (let above = segment.parent; above !== undefined; above = above.parent) {
    pieces.push({ first: above.first, length: above.ids.length });
  }
  return pieces.toReversed();
}
