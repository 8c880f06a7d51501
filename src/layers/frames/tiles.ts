/**
 * Tiles: the unit in which serving attends, as inputs of the graph.
 *
 * A tile holds `members` runs of `rows` query rows each. The keys of a row are the prefix, which the
 * members share, and behind it those of its own run; it sees those `from` one key up to another. So work
 * grows with the pairs that are really attended, and a prefix's keys are read once for all its members.
 * A loop walks over the tiles of a batch, so that only one tile's scores exist at a time; where there is memory for
 * all of them, there is one tile and no loop. `tree/` makes the tiles, one set for each window that layers have.
 *
 * @module
 */

import { once } from "../../once.ts";
import type { Graph } from "../../onnx/graph.ts";
import { gather, type Size, slice, split } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import { TILE_COLUMNS, type TileColumn } from "../../tree/tiles.ts";
import { type Window, windowed } from "../../tree/window.ts";
import { AT_ONCE } from "./attention_form.ts";

/** The tiles of a batch; extents are int64 and lists of indices int32. */
export interface Tiles {
  readonly name: string;
  /** `[tiles, 13]`, columns as `TILE_COLUMNS`. */
  readonly table: Value;
  /** How many tiles: a scalar. */
  readonly count: Value;
  /**
   * Whether there is only one, without a prefix (`tree/one_tile.ts`), which needs no loop: scalar bool. Absent where
   * there never is.
   */
  readonly atOnce: Value | undefined;
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
  /** The token of each prefix key, `prefix` a tile. */
  readonly prefix: Value;
  /** For each query row its place in the stacked tiles, `tile * height + place`, the height being
   * the places of the tallest tile. */
  readonly places: Value;
  /** Prefix plus keys of the widest tile, declared once it is read. */
  span(): Size;
  /** The first tile, which is the only one where they are computed at once. */
  first(): Tile;
}

/** Whose tiles, how many rows attend, as a name, and what each of them sees. */
export interface TileSet {
  readonly layer: string;
  readonly queries: string;
  readonly window: Window;
  /** Whether they may be computed at once. @default false */
  readonly atOnce?: boolean;
}

/** Declares the inputs `<name>.table`, `<name>.rows` and so on. */
export function tileInputs(
  graph: Graph,
  { layer, queries, window, atOnce = false }: TileSet,
): Tiles {
  const name = windowed(layer, window);
  const list = (field: string, extent: string) =>
    graph.input(`${name}.${field}`, "int32", [extent]);
  const tiles: Tiles = {
    name,
    table: graph.input(`${name}.table`, "int64", [`${name}.tiles`, TILE_COLUMNS.length]),
    count: graph.input(`${name}.count`, "int64", []),
    atOnce: atOnce ? graph.input(name + AT_ONCE, "bool", []) : undefined,
    rows: list("rows", `${name}.row_places`),
    from: window.left === Infinity ? undefined : list("from", `${name}.row_places`),
    reach: list("reach", `${name}.row_places`),
    keys: list("keys", `${name}.key_places`),
    prefix: list("prefix", `${name}.prefix_places`),
    places: list("places", queries),
    span: once(() => {
      return { name: `${name}.span`, value: graph.input(`${name}.span`, "int64", []) };
    }),
    first: once(() => tileAt(tiles, graph.scalar("int64", 0))),
  };
  return tiles;
}

/** The tiles as the branch of a choice sees them, so that their loop and what decides on it stand in there. */
export function tilesWithin(tiles: Tiles, bring: (value: Value) => Value): Tiles {
  const { count, atOnce } = tiles;
  return { ...tiles, count: bring(count), atOnce: atOnce && bring(atOnce) };
}

/** One tile within the loop, each part of it made once it is read: its extents and the indices it gathers by. */
export interface Tile {
  readonly size: Readonly<Record<TileColumn, Size>>;
  readonly rowIndex: Value;
  readonly from: Value | undefined;
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
    once(() => slice(list, { axis: 0, start: start.value, end: end.value, name }));
  const places = (list: Value) => part(list, [rowStart, rowEnd], "places");
  const [rowIndex, reach] = [places(tiles.rows), places(tiles.reach)];
  const from = tiles.from && places(tiles.from);
  const keyIndex = part(tiles.keys, [keyStart, keyEnd], "members*keys");
  const prefixIndex = part(tiles.prefix, [prefixStart, prefixEnd], "prefix");
  return {
    size,
    get rowIndex() {
      return rowIndex();
    },
    get from() {
      return from?.();
    },
    get reach() {
      return reach();
    },
    get keyIndex() {
      return keyIndex();
    },
    get prefixIndex() {
      return prefixIndex();
    },
  };
}
