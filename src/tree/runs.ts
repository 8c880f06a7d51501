/**
 * Runs: query rows that stand together in one segment, with the keys they attend to.
 *
 * @module
 */

import type { Segment } from "./prefix_tree.ts";
import type { Window } from "./window.ts";

/**
 * Some query rows of one segment. Their keys are the prefix and, behind it, the own keys; of these each
 * row sees an uninterrupted part.
 */
export interface Run {
  readonly prefix: Prefix;
  /** The own keys. */
  readonly keys: Piece;
  /** The query rows, as the frame counts them. */
  readonly rows: readonly number[];
  /** Per row, the first own key that it sees; below 0 so many keys of the prefix, from its end. */
  readonly from: readonly number[];
  /** Per row, the own key that it sees no longer; at least 1. */
  readonly reach: readonly number[];
}

/** The last tokens before some token: of the segments above `segment`, and the first ones of it. */
export interface Prefix {
  readonly segment: Segment;
  /** The offset in `segment` of the token that it ends before. */
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

/** What rows see, and where runs are cut. */
export interface RunOptions {
  readonly window: Window;
  /** Most query-key pairs, so that the scores of no run outgrow memory; a single row may have more. */
  readonly maxPairs: number;
  readonly maxRows: number;
}

/** Cuts rows into runs. A run starts its own keys at its first row; what stands before is its prefix. */
export function runsOf({ segment, offsets, rows }: RowsOfSegment, options: RunOptions): Run[] {
  const sight = sightIn(segment, options.window);
  const runs: Run[] = [];
  for (let at = 0; at < offsets.length;) {
    const to = cut(offsets, { at, sight, ...options });
    const seated = offsets.slice(at, to);
    const [lowest, highest] = [seated[0] ?? 0, seated.at(-1) ?? 0];
    const since = sight.from(lowest);
    // A run that starts in the middle of a segment shares its prefix with no other.
    const start = Math.max(at === 0 ? 0 : lowest, since);
    runs.push({
      prefix: { segment, own: start, length: start - since },
      keys: { first: segment.first + start, length: sight.until(highest) - start },
      rows: rows.slice(at, to),
      from: seated.map((offset) => sight.from(offset) - start),
      reach: seated.map((offset) => sight.until(offset) - start),
    });
    at = to;
  }
  return runs;
}

/** The keys that the row at an offset sees, as offsets: below 0 in the segments above. */
interface Sight {
  from(offset: number): number;
  until(offset: number): number;
}

/** Sequences whose rows look ahead are segments of their own, so no row looks behind its segment. */
function sightIn({ start, ids }: Segment, { left, right }: Window): Sight {
  return {
    from: (offset) => Math.max(-start, offset - left),
    until: (offset) => Math.min(ids.length, offset + right + 1),
  };
}

/** The end of the longest run from `at` on that stays within the limits. */
function cut(
  offsets: readonly number[],
  { at, sight, maxPairs, maxRows }: RunOptions & { at: number; sight: Sight },
): number {
  const since = sight.from(offsets[at] ?? 0);
  let to = at + 1;
  while (to < offsets.length && to - at < maxRows) {
    const keys = sight.until(offsets[to] ?? 0) - since;
    if ((to + 1 - at) * keys > maxPairs) break;
    to++;
  }
  return to;
}

/** Where the tokens of a prefix stand, outermost first. */
export function piecesOf({ segment, own, length }: Prefix): Piece[] {
  const pieces: Piece[] = [];
  let [within, end, missing]: [Segment | undefined, number, number] = [segment, own, length];
  while (within !== undefined && missing > 0) {
    const taken = Math.min(end, missing);
    if (taken > 0) pieces.push({ first: within.first + end - taken, length: taken });
    missing -= taken;
    within = within.parent;
    end = within?.ids.length ?? 0;
  }
  return pieces.toReversed();
}
