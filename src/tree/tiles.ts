/**
 * Tiles: runs that share a prefix, put side by side and padded to a common extent, as arrays.
 *
 * `layers/frames/tiles.ts` says how a graph reads them.
 *
 * @module
 */

import { heightOf, type TileBuilder } from "./plan_tiles.ts";
import { type Piece, piecesOf, type Run } from "./runs.ts";

/**
 * The columns of the table of tiles: where its places, own keys and prefix keys stand in the lists
 * below, and its extents. What can be worked out beforehand is, for a loop pays for every node.
 */
export const TILE_COLUMNS = [
  "rowStart",
  "rowEnd",
  "keyStart",
  "keyEnd",
  "prefixStart",
  "prefixEnd",
  /** Runs side by side. */
  "members",
  /** Query rows of each run. */
  "rows",
  /** Own keys of each run. */
  "keys",
  /** Keys that all runs share. */
  "prefix",
  /** `members * rows` */
  "places",
  /** What places are short of the tallest tile, and prefix plus keys of the widest one. */
  "missingPlaces",
  "missingSpan",
] as const;

/** A column of the table. */
export type TileColumn = typeof TILE_COLUMNS[number];

/** One tile: where it stands in the lists, and its extents. */
export type TileLine = Readonly<Record<TileColumn, number>>;

/** The tiles of a frame, as graphs take them (see `layers/frames/tiles.ts`) and as results are read. */
export interface TileArrays {
  /** What the graph's inputs are named after. */
  readonly name: string;
  /** Whether it is one tile without a prefix, which is computed without a loop (`one_tile.ts`). */
  readonly atOnce: boolean;
  readonly table: readonly TileLine[];
  /** Per place its query row. */
  readonly rows: Int32Array;
  /** Per place which own keys it sees, as {@linkcode Run} has it. */
  readonly from: Int32Array;
  readonly reach: Int32Array;
  /** The tokens of own keys and of prefixes, tile by tile. */
  readonly keys: Int32Array;
  readonly prefix: Int32Array;
  /** Places of the largest tile. */
  readonly height: number;
  /** Prefix plus keys of the widest tile. */
  readonly span: number;
  /** Per query row, its place in the stacked tiles. */
  readonly places: Int32Array;
  /** Per query row, the position in its sequence of the first key of its tile. */
  readonly starts: Int32Array;
}

/**
 * Writes the arrays. Padding repeats a run's first row and key; what comes of it is not read. Rows are
 * counted from 0, and every one stands in one run.
 */
export function tilesOf(name: string, builders: readonly TileBuilder[]): TileArrays {
  const table = tableOf(builders);
  const { rowEnd = 0, keyEnd = 0, prefixEnd = 0 } = table.at(-1) ?? {};
  const arrays = {
    rows: new Int32Array(rowEnd),
    from: new Int32Array(rowEnd),
    reach: new Int32Array(rowEnd),
    keys: new Int32Array(keyEnd),
    prefix: new Int32Array(prefixEnd),
  };
  const queries = builders.reduce((sum, { runs }) => sum + rowsOf(runs), 0);
  const [places, starts] = [new Int32Array(queries), new Int32Array(queries)];
  const height = heightOf(builders);
  for (const [tile, { runs, prefix, rows, keys }] of builders.entries()) {
    const { rowStart, keyStart, prefixStart } = table[tile]!;
    for (const [member, run] of runs.entries()) {
      const first = rowStart + member * rows;
      fillUp(arrays.rows, run.rows, { first, length: rows });
      fillUp(arrays.from, run.from, { first, length: rows });
      fillUp(arrays.reach, run.reach, { first, length: rows });
      count(arrays.keys, run.keys, { first: keyStart + member * keys, length: keys });
      const start = run.prefix.segment.start + run.prefix.own - prefix.length;
      for (const [i, row] of run.rows.entries()) {
        places[row] = tile * height + member * rows + i;
        starts[row] = start;
      }
    }
    let first = prefixStart;
    for (const piece of piecesOf(prefix)) {
      count(arrays.prefix, piece, { first, length: piece.length });
      first += piece.length;
    }
  }
  return { name, atOnce: false, table, ...arrays, height, span: spanOf(builders), places, starts };
}

function rowsOf(runs: readonly Run[]): number {
  return runs.reduce((sum, { rows }) => sum + rows.length, 0);
}

/** Prefix plus keys of the widest tile. */
function spanOf(builders: readonly TileBuilder[]): number {
  return builders.reduce((most, { prefix, keys }) => Math.max(most, prefix.length + keys), 0);
}

/** A line for each tile; each begins in the lists where the one before it ends. */
function tableOf(builders: readonly TileBuilder[]): TileLine[] {
  const [height, span] = [heightOf(builders), spanOf(builders)];
  let [rowEnd, keyEnd, prefixEnd] = [0, 0, 0];
  return builders.map(({ runs, rows, keys, places, prefix: { length: prefix } }) => {
    const members = runs.length;
    return {
      rowStart: rowEnd,
      rowEnd: rowEnd += places,
      keyStart: keyEnd,
      keyEnd: keyEnd += members * keys,
      prefixStart: prefixEnd,
      prefixEnd: prefixEnd += prefix,
      members,
      rows,
      keys,
      prefix,
      places,
      missingPlaces: height - places,
      missingSpan: span - prefix - keys,
    };
  });
}

/** Writes `values` into a part of the array, filled up with the first of them. */
function fillUp(array: Int32Array, values: readonly number[], { first, length }: Piece): void {
  array.set(values, first);
  array.fill(values[0] ?? 0, first + values.length, first + length);
}

/** Writes the indices of a piece into a part of the array, filled up with the first of them. */
function count(array: Int32Array, piece: Piece, { first, length }: Piece): void {
  for (let i = 0; i < piece.length; i++) array[first + i] = piece.first + i;
  array.fill(piece.first, first + piece.length, first + length);
}
