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

import type { Graph } from "../onnx/graph.ts";
import { add, gather, mul, type Size, slice } from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";

/** The columns of the table of tiles. */
export const TILE_COLUMNS = [
  "rowStart",
  "members",
  "rows",
  "keyStart",
  "keys",
  "prefixStart",
  "prefix",
] as const;

/** The tiles of a batch; extents are int64 and lists of indices int32. */
export interface Tiles {
  readonly name: string;
  /** `[tiles, 7]`, columns as `TILE_COLUMNS`; the starts point into the lists below. */
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
  /** Places of the largest tile: a scalar. */
  readonly height: Size;
  /** For each query row its place in the stacked tiles, `tile * height + place`. */
  readonly places: Value;
}

/** Declares the inputs `<name>.table`, `<name>.rows` and so on. */
export function tileInputs(graph: Graph, name: string): Tiles {
  const list = (field: string, extent: string) =>
    graph.input(`${name}.${field}`, "int32", [`${name}.${extent}`]);
  return {
    name,
    table: graph.input(`${name}.table`, "int64", [`${name}.tiles`, TILE_COLUMNS.length]),
    count: graph.input(`${name}.count`, "int64", []),
    rows: list("rows", "row_places"),
    reach: list("reach", "row_places"),
    keys: list("keys", "key_places"),
    prefix: list("prefix", "prefix_places"),
    height: { name: `${name}.height`, value: graph.input(`${name}.height`, "int64", []) },
    places: list("places", "queries"),
  };
}

/** One tile within the loop: its extents and the indices it gathers by. */
export interface Tile {
  readonly members: Size;
  /** Query rows of each member. */
  readonly rows: Size;
  /** Own keys of each member. */
  readonly keys: Size;
  /** Keys that all members share. */
  readonly prefix: Size;
  /** `members * rows` */
  readonly places: Size;
  readonly rowIndex: Value;
  readonly reach: Value;
  readonly keyIndex: Value;
  readonly prefixIndex: Value;
}

/** The tile of a turn of the loop. */
export function tileAt(tiles: Tiles, turn: Value): Tile {
  const line = gather(tiles.table, turn);
  const column = (name: typeof TILE_COLUMNS[number]): Size => ({
    name,
    value: gather(line, line.graph.scalar("int64", TILE_COLUMNS.indexOf(name))),
  });
  const [members, rows, keys, prefix] = [
    column("members"),
    column("rows"),
    column("keys"),
    column("prefix"),
  ];
  const places = times(members, rows);
  return {
    members,
    rows,
    keys,
    prefix,
    places,
    rowIndex: part(tiles.rows, column("rowStart"), places),
    reach: part(tiles.reach, column("rowStart"), places),
    keyIndex: part(tiles.keys, column("keyStart"), times(members, keys)),
    prefixIndex: part(tiles.prefix, column("prefixStart"), prefix),
  };
}

/** The product of two extents. */
export function times(a: Size, b: Size | number): Size {
  const [name, value] = typeof b === "number" ? [`${b}`, b] : [b.name, b.value];
  return { name: `${a.name}*${name}`, value: mul(a.value, value) };
}

function part(list: Value, start: Size, length: Size): Value {
  const end = add(start.value, length.value);
  return slice(list, { axis: 0, start: start.value, end, name: length.name });
}
