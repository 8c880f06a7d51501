/**
 * Which runs become one tile, chosen by what the tiles will cost.
 *
 * @module
 */

import { type Prefix, type RowsOfSegment, type Run, runsOf } from "./runs.ts";
import { CAUSAL, type Window } from "./window.ts";

/** What tiles may cost. */
export interface TileLimits {
  /** Most query-key pairs of a tile, so that its scores fit into memory; a single row may have more. */
  readonly maxPairs: number;
  /** Pairs that may be wasted on padding before another tile is cheaper. */
  readonly pairsPerTile: number;
}

/**
 * What writing and copying one place of the stacked tiles costs, in pairs that would take as long. Both
 * grow with the width of the model, so this is one number: 12 bytes a column at some 5 GB/s, against 4
 * operations a column at some 150 GFLOP/s.
 */
const PAIRS_PER_PLACE = 90;

/** Below this height tiles are not made lower. */
const LEAST_HEIGHT = 64;

/**
 * Groups the rows of a frame into tiles. All tiles are stacked at the height of the tallest, so that tall
 * ones are cut up as long as this saves more than the additional tiles cost. In layers with a window
 * this also saves the pairs of a run that lie between the first row's window and the last one's.
 */
export function planTiles(
  rows: readonly RowsOfSegment[],
  limits: TileLimits,
  window: Window = CAUSAL,
): readonly TileBuilder[] {
  const tilesUpTo = (height: number) => tilesOfHeight(height, rows, { ...limits, window });
  let best = tilesUpTo(Infinity);
  for (let height = heightOf(best) / 2; height >= LEAST_HEIGHT; height /= 2) {
    const lower = tilesUpTo(Math.floor(height));
    if (costOf(lower, limits) >= costOf(best, limits)) break;
    best = lower;
  }
  return best;
}

/** Places of the tallest tile. */
export function heightOf(builders: readonly TileBuilder[]): number {
  return builders.reduce((most, { places }) => Math.max(most, places), 0);
}

function costOf(builders: readonly TileBuilder[], { pairsPerTile }: TileLimits): number {
  const stacked = builders.length * heightOf(builders);
  const pairs = builders.reduce((sum, builder) => sum + builder.pairs, 0);
  return pairs + builders.length * pairsPerTile + stacked * PAIRS_PER_PLACE;
}

function tilesOfHeight(
  height: number,
  rows: readonly RowsOfSegment[],
  limits: TileLimits & { window: Window },
): readonly TileBuilder[] {
  const runs = rows.flatMap((each) => runsOf(each, { ...limits, maxRows: height }));
  return [...byPrefix(runs).values()].flatMap((siblings) => fill(siblings, { ...limits, height }));
}

/**
 * Runs behind the same token: there is one way from the root to it, so of two prefixes that end there
 * one is the end of the other.
 */
function byPrefix(runs: readonly Run[]): ReadonlyMap<number, Run[]> {
  return Map.groupBy(runs, ({ prefix }) => lastToken(prefix));
}

function lastToken({ segment, own, length }: Prefix): number {
  if (length === 0) return -1;
  if (own > 0) return segment.first + own - 1;
  const { parent } = segment;
  return parent === undefined ? -1 : parent.first + parent.ids.length - 1;
}

/** Longest runs first; a new tile begins where padding would cost more than a tile, or memory ends. */
function fill(siblings: readonly Run[], limits: TileLimits & { height: number }): TileBuilder[] {
  const sorted = siblings.toSorted((a, b) =>
    b.keys.length - a.keys.length || b.rows.length - a.rows.length
  );
  const builders: TileBuilder[] = [];
  for (const run of sorted) {
    const open = builders.at(-1);
    if (open?.admits(run, limits)) open.add(run);
    else builders.push(new TileBuilder(run));
  }
  return builders;
}

/**
 * The fewest rows of a member. A product of one row is computed by another kernel, which sums in another order:
 * whether others stand beside a row would show in its last digits.
 */
const LEAST_ROWS = 2;

function heightOfRun({ rows }: Run): number {
  return Math.max(LEAST_ROWS, rows.length);
}

/** Runs behind one token that become one tile, padded to a common extent. */
export class TileBuilder {
  /** The longest of theirs. */
  prefix: Prefix;
  readonly runs: Run[];
  rows: number;
  keys: number;
  #needed: number;

  constructor(first: Run) {
    this.prefix = first.prefix;
    this.runs = [first];
    this.rows = heightOfRun(first);
    this.keys = first.keys.length;
    this.#needed = this.#pairsOf(first);
  }

  get places(): number {
    return this.runs.length * this.rows;
  }

  /** Query-key pairs, padding included. */
  get pairs(): number {
    return this.places * (this.prefix.length + this.keys);
  }

  /** Whether one more run stays within the limits. */
  admits(run: Run, limits: TileLimits & { height: number }): boolean {
    const places = (this.runs.length + 1) * Math.max(this.rows, run.rows.length);
    const prefix = Math.max(this.prefix.length, run.prefix.length);
    const pairs = places * (prefix + Math.max(this.keys, run.keys.length));
    const needed = this.#needed + this.#pairsOf(run);
    return places <= limits.height && pairs <= limits.maxPairs &&
      pairs - needed <= limits.pairsPerTile;
  }

  add(run: Run): void {
    this.runs.push(run);
    if (run.prefix.length > this.prefix.length) this.prefix = run.prefix;
    this.rows = Math.max(this.rows, run.rows.length);
    this.keys = Math.max(this.keys, run.keys.length);
    this.#needed += this.#pairsOf(run);
  }

  #pairsOf(run: Run): number {
    return heightOfRun(run) * (run.prefix.length + run.keys.length);
  }
}
