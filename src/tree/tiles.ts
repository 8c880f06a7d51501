/**
 * Tiles: runs that share a prefix, put side by side and padded to a common extent, as arrays.
 *
 * `layers/frames/tiles.ts` says how a graph reads them.
 *
 * @module
 */

import { heightOf, type TileBuilder } from "./plan_tiles.ts";
import { type Piece, piecesOf } from "./runs.ts";

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
  const runs = builders.flatMap((builder) => builder.runs);
  const queries = runs.reduce((sum, { rows }) => sum + rows.length, 0);
  const lists: Lists = { rows: [], from: [], reach: [], keys: [], prefix: [] };
  const [places, starts] = [new Int32Array(queries), new Int32Array(queries)];
  const height = heightOf(builders);
  const span = builders.reduce((most, { prefix, keys }) => Math.max(most, prefix.length + keys), 0);
  const table = builders.map((builder, tile) => {
    const line = lineOf(builder, lists, { height, span });
    builder.runs.forEach((run, member) => {
      const place = tile * height + member * builder.rows;
      const start = run.prefix.segment.start + run.prefix.own - builder.prefix.length;
      run.rows.forEach((row, i) => {
        places[row] = place + i;
        starts[row] = start;
      });
      append(lists.rows, run.rows, builder.rows);
      append(lists.from, run.from, builder.rows);
      append(lists.reach, run.reach, builder.rows);
      append(lists.keys, indices(run.keys), builder.keys);
    });
    for (const piece of piecesOf(builder.prefix)) {
      append(lists.prefix, indices(piece), piece.length);
    }
    return line;
  });
  const arrays = Object.entries(lists).map(([list, numbers]) => [list, Int32Array.from(numbers)]);
  return { name, table, ...Object.fromEntries(arrays) as Arrays, height, span, places, starts };
}

type Lists = Readonly<Record<"rows" | "from" | "reach" | "keys" | "prefix", number[]>>;
type Arrays = Readonly<Record<keyof Lists, Int32Array>>;

/** The line of a tile whose indices are about to be appended to the lists. */
function lineOf(
  { runs, rows, keys, places, prefix: { length: prefix } }: TileBuilder,
  lists: Lists,
  { height, span }: { height: number; span: number },
): TileLine {
  const members = runs.length;
  return {
    rowStart: lists.rows.length,
    rowEnd: lists.rows.length + places,
    keyStart: lists.keys.length,
    keyEnd: lists.keys.length + members * keys,
    prefixStart: lists.prefix.length,
    prefixEnd: lists.prefix.length + prefix,
    members,
    rows,
    keys,
    prefix,
    places,
    missingPlaces: height - places,
    missingSpan: span - prefix - keys,
  };
}

/** Appends `values`, filled up to `length` with the first of them. */
function append(list: number[], values: readonly number[], length: number): void {
  for (let i = 0; i < length; i++) list.push(values[i] ?? values[0] ?? 0);
}

function indices({ first, length }: Piece): number[] {
  return Array.from({ length }, (_, i) => first + i);
}
