/**
 * Tiles: runs that share a prefix, put side by side and padded to a common extent, as arrays.
 *
 * `layers/frames/tiles.ts` says how a graph reads them.
 *
 * @module
 */

import { heightOf, type TileBuilder } from "./plan_tiles.ts";
import { type Piece, piecesOf } from "./runs.ts";

/** One tile: where it stands in the lists, and its extents. */
export interface TileLine {
  readonly rowStart: number;
  readonly rowEnd: number;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly prefixStart: number;
  readonly prefixEnd: number;
  readonly members: number;
  readonly rows: number;
  readonly keys: number;
  readonly prefix: number;
  readonly places: number;
  readonly missingPlaces: number;
  readonly missingSpan: number;
}

/** The tiles of a frame, in the order and with the names of the graph's inputs. */
export interface TileArrays {
  /** A line per tile; `layers/frames/tiles.ts` names its columns. */
  readonly table: readonly TileLine[];
  readonly rows: Int32Array;
  readonly reach: Int32Array;
  readonly keys: Int32Array;
  readonly prefix: Int32Array;
  /** Places of the largest tile. */
  readonly height: number;
  /** Per query row, its place in the stacked tiles. */
  readonly places: Int32Array;
  /** Prefix plus keys of the widest tile. */
  readonly span: number;
}

/**
 * Writes the arrays. Padding repeats a run's first row and key; nobody reads what comes of it.
 *
 * @param queries how many query rows the frame has; every one of them stands in one run
 */
export function tilesOf(builders: readonly TileBuilder[], queries: number): TileArrays {
  const lists: Lists = { rows: [], reach: [], keys: [], prefix: [] };
  const places = new Int32Array(queries);
  const height = heightOf(builders);
  const span = builders.reduce((most, { prefix, keys }) => Math.max(most, prefix.length + keys), 0);
  const table = builders.map((builder, tile) => {
    const line = lineOf(builder, lists, { height, span });
    builder.runs.forEach((run, member) => {
      const place = tile * height + member * builder.rows;
      run.rows.forEach((row, i) => places[row] = place + i);
      append(lists.rows, run.rows, builder.rows);
      append(lists.reach, run.reach, builder.rows);
      append(lists.keys, indices(run.keys), builder.keys);
    });
    for (const piece of piecesOf(builder.prefix)) {
      append(lists.prefix, indices(piece), piece.length);
    }
    return line;
  });
  return {
    table,
    rows: Int32Array.from(lists.rows),
    reach: Int32Array.from(lists.reach),
    keys: Int32Array.from(lists.keys),
    prefix: Int32Array.from(lists.prefix),
    height,
    span,
    places,
  };
}

interface Lists {
  readonly rows: number[];
  readonly reach: number[];
  readonly keys: number[];
  readonly prefix: number[];
}

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
