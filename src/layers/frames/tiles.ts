/**
 * Tiles: the unit in which serving attends, as inputs of the graph.
 *
 * A tile holds `members` runs of `rows` query rows each. Every row attends to the whole prefix, which the members
 * share, and within its own run to the first `reach` keys. So work grows with the pairs that are
 * really attended, and a prefix's keys are read once for all its members. A loop walks over the tiles of a batch,
 * so that only one tile's scores exist at a time. `tree/` makes the tiles.
 *
 * @module
 */

import type { Graph } from "../../onnx/graph.ts";
import { gather, type Size, slice, split } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";

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

/** The tiles of a batch; extents are int64 and lists of indices int32. */
export interface Tiles {
  readonly name: string;
  /** `[tiles, 13]`, columns as `TILE_COLUMNS`. */
  readonly table: Value;
  /** How many tiles: a scalar. */
  readonly count: Value;
  /** The query row of each place, `members x rows` places a tile. */
  readonly rows: Value;
  /** How many keys of its own run each of those places sees, at least 1. */
  readonly reach: Value;
  /** The token of each own key, `members x keys` a tile. */
  readonly keys: Value;
  /** The token of each prefix key, `prefix` a tile. */
  readonly prefix: Value;
  /** For each query row its place in the stacked tiles, `tile * height + place`, the height being
   * the places of the tallest tile. */
  readonly places: Value;
}

/** Declares the inputs `<name>.table`, `<name>.rows` and so on; `queries` names how many rows attend. */
export function tileInputs(graph: Graph, name: string, queries: string): Tiles {
  const list = (field: string, extent: string) =>
    graph.input(`${name}.${field}`, "int32", [extent]);
  return {
    name,
    table: graph.input(`${name}.table`, "int64", [`${name}.tiles`, TILE_COLUMNS.length]),
    count: graph.input(`${name}.count`, "int64", []),
    rows: list("rows", `${name}.row_places`),
    reach: list("reach", `${name}.row_places`),
    keys: list("keys", `${name}.key_places`),
    prefix: list("prefix", `${name}.prefix_places`),
    places: list("places", queries),
  };
}

/** One tile within the loop: its extents and the indices it gathers by. */
export interface Tile {
  readonly size: Readonly<Record<TileColumn, Size>>;
  readonly rowIndex: Value;
  readonly reach: Value;
  readonly keyIndex: Value;
  readonly prefixIndex: Value;
}

/** The tile of a turn of the loop. */
export function tileAt(tiles: Tiles, turn: Value): Tile {
  const line = gather(tiles.table, turn);
  const cells = split(line, TILE_COLUMNS.map(() => 1), 0);
  const size = Object.fromEntries(
    TILE_COLUMNS.map((name, i) => [name, { name, value: cells[i] ?? line }]),
  ) as Record<TileColumn, Size>;
  const { rowStart, rowEnd, keyStart, keyEnd, prefixStart, prefixEnd } = size;
  const part = (list: Value, [start, end]: [Size, Size], name: string) =>
    slice(list, { axis: 0, start: start.value, end: end.value, name });
  return {
    size,
    rowIndex: part(tiles.rows, [rowStart, rowEnd], "places"),
    reach: part(tiles.reach, [rowStart, rowEnd], "places"),
    keyIndex: part(tiles.keys, [keyStart, keyEnd], "members*keys"),
    prefixIndex: part(tiles.prefix, [prefixStart, prefixEnd], "prefix"),
  };
}
