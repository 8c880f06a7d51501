/**
 * Tiles: the unit in which serving attends, as inputs of the graph.
 *
 * A tile holds `members` runs of `rows` query rows each. The keys of a row are the prefix, which the
 * members share, and behind it those of its own run; it sees those `from` one key up to another. So work
 * grows with the pairs that are really attended, and a prefix's keys are read once for all its members.
 * A loop walks over the tiles of a batch, so that only one tile's scores exist at a time. `tree/` makes
 * the tiles, one set for each window that layers have.
 *
 * @module
 */

import { once } from "../../once.ts";
import type { Graph } from "../../onnx/graph.ts";
import { gather, type Size, slice, split } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import { TILE_COLUMNS, type TileColumn } from "../../tree/tiles.ts";
import { type Window, windowed } from "../../tree/window.ts";

/** The tiles of a batch; extents are int64 and lists of indices int32. */
export interface Tiles {
  readonly name: string;
  /** `[tiles, 13]`, columns as `TILE_COLUMNS`. */
  readonly table: Value;
  /** How many tiles: a scalar. Absent where there is only one (`tree/one_tile.ts`), which needs no loop. */
  readonly count: Value | undefined;
  /** The query row of each place, `members x rows` places a tile. */
  readonly rows: Value;
  /**
   * The first key of its own run that each of those places sees; below 0 so many of the prefix, from its
   * end. Absent where every row sees all that stands before it.
   */
  readonly from: Value | undefined;
  /** The key of its own run that each place sees no longer, at least 1. */
  readonly reach: Value;
  /** The token of each own key, `members x keys` a tile. */
  readonly keys: Value;
  /** The token of each prefix key, `prefix` a tile. Absent where there is only one tile, which has none. */
  readonly prefix: Value | undefined;
  /** For each query row its place in the stacked tiles, `tile * height + place`, the height being
   * the places of the tallest tile. */
  readonly places: Value;
  /** Prefix plus keys of the widest tile, declared once it is read. */
  span(): Size;
}

/** Whose tiles, how many rows attend, as a name, and what each of them sees. */
export interface TileSet {
  readonly layer: string;
  readonly queries: string;
  readonly window: Window;
  /** Whether there is only one tile. @default false */
  readonly single?: boolean;
}

/** The input that a loop over tiles ends by; a graph for single tiles has none. */
const COUNT = ".count";

/** Whether a graph attends in single tiles, which its feeds have to be. */
export function readsSingleTiles({ inputs }: Pick<Graph, "inputs">): boolean {
  return !inputs.some(({ label }) => label.endsWith(COUNT));
}

/** Declares the inputs `<name>.table`, `<name>.rows` and so on. */
export function tileInputs(
  graph: Graph,
  { layer, queries, window, single = false }: TileSet,
): Tiles {
  const name = windowed(layer, window);
  const list = (field: string, extent: string) =>
    graph.input(`${name}.${field}`, "int32", [extent]);
  return {
    name,
    table: graph.input(`${name}.table`, "int64", [`${name}.tiles`, TILE_COLUMNS.length]),
    count: single ? undefined : graph.input(`${name}${COUNT}`, "int64", []),
    rows: list("rows", `${name}.row_places`),
    from: window.left === Infinity ? undefined : list("from", `${name}.row_places`),
    reach: list("reach", `${name}.row_places`),
    keys: list("keys", `${name}.key_places`),
    prefix: single ? undefined : list("prefix", `${name}.prefix_places`),
    places: list("places", queries),
    span: once(() => {
      return { name: `${name}.span`, value: graph.input(`${name}.span`, "int64", []) };
    }),
  };
}

/** One tile within the loop: its extents and the indices it gathers by. */
export interface Tile {
  readonly size: Readonly<Record<TileColumn, Size>>;
  readonly rowIndex: Value;
  readonly from: Value | undefined;
  readonly reach: Value;
  readonly keyIndex: Value;
  readonly prefixIndex: Value | undefined;
}

/** The one tile there is. */
export function onlyTile(tiles: Tiles): Tile {
  return tileAt(tiles, tiles.table.graph.scalar("int64", 0));
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
    from: tiles.from && part(tiles.from, [rowStart, rowEnd], "places"),
    reach: part(tiles.reach, [rowStart, rowEnd], "places"),
    keyIndex: part(tiles.keys, [keyStart, keyEnd], "members*keys"),
    prefixIndex: tiles.prefix && part(tiles.prefix, [prefixStart, prefixEnd], "prefix"),
  };
}
