/**
 * One tile: all tiles of a set as a single one, for devices that would rather multiply more at once than start
 * a loop's many small operators. Every run becomes a member, and the prefix that members shared is written out
 * as the first of each one's own keys; the work is that of the longest run and the widest keys for all.
 *
 * @module
 */

import { type AtOnceLimit, fits } from "./at_once.ts";
import type { TileArrays, TileLine } from "./tiles.ts";

/** The same runs in one tile, if there are any and there is memory for it, else as they are. */
export function atOnceWithin(tiles: TileArrays, limit: AtOnceLimit | undefined): TileArrays {
  const { members, rows, keys } = extentsOf(tiles);
  const extents = { pairs: members * rows * keys, places: members * Math.max(rows, keys) };
  return members > 0 && fits(limit, extents) ? oneTile(tiles) : tiles;
}

type OneTile = Pick<TileLine, "members" | "rows" | "keys">;

/** The extents of the one tile: the most rows of any run, and the most keys. */
function extentsOf({ table }: Pick<TileArrays, "table">): OneTile {
  return {
    members: table.reduce((sum, line) => sum + line.members, 0),
    rows: Math.max(0, ...table.map((line) => line.rows)),
    keys: Math.max(0, ...table.map((line) => line.prefix + line.keys)),
  };
}

/** The same runs in one tile without a prefix, read as any other. */
export function oneTile(tiles: TileArrays): TileArrays {
  const { name, table, starts } = tiles;
  const { members, rows, keys } = extentsOf(tiles);
  const perRow = () => new Int32Array(members * rows);
  const lists = { rows: perRow(), from: perRow(), reach: perRow().fill(1) };
  const written = new Int32Array(members * keys);
  const first: number[] = []; // of each tile, its first member
  let member = 0;
  for (const line of table) {
    first.push(member);
    for (let own = 0; own < line.members; own++, member++) {
      writeRun(tiles, { line, own }, { ...lists, keys: written, member, extents: [rows, keys] });
    }
  }
  const places = tiles.places.map((place) => {
    const tile = Math.floor(place / tiles.height);
    const [within, { rows: height }] = [place % tiles.height, table[tile]!];
    return (first[tile]! + Math.floor(within / height)) * rows + within % height;
  });
  const line = lineOf({ members, rows, keys });
  const prefix = new Int32Array();
  return {
    name,
    atOnce: true,
    table: [line],
    ...lists,
    keys: written,
    prefix,
    height: line.places,
    span: keys,
    places,
    starts,
  };
}

function lineOf({ members, rows, keys }: OneTile): TileLine {
  const [rowEnd, keyEnd] = [members * rows, members * keys];
  const places = { members, rows, keys, places: rowEnd, rowEnd, keyEnd };
  const none = { rowStart: 0, keyStart: 0, prefixStart: 0, prefixEnd: 0, prefix: 0 };
  return { ...none, ...places, missingPlaces: 0, missingSpan: 0 };
}

/** Where a run goes. */
interface Target extends Pick<TileArrays, "rows" | "from" | "reach" | "keys"> {
  readonly member: number;
  /** Rows and keys of every member. */
  readonly extents: readonly [rows: number, keys: number];
}

/** What fills a run up is its first row, which is not read again, and key 0, which no row reaches. */
function writeRun(
  tiles: TileArrays,
  { line, own }: { line: TileLine; own: number },
  { member, extents: [rows, keys], ...target }: Target,
): void {
  const { prefix, prefixStart, prefixEnd } = line;
  const source = line.rowStart + own * line.rows;
  const keyStart = line.keyStart + own * line.keys;
  for (let row = 0; row < rows; row++) {
    const from = source + (row < line.rows ? row : 0);
    const to = member * rows + row;
    target.rows[to] = tiles.rows[from]!;
    target.from[to] = prefix + tiles.from[from]!;
    target.reach[to] = prefix + tiles.reach[from]!;
  }
  target.keys.set(tiles.prefix.subarray(prefixStart, prefixEnd), member * keys);
  target.keys.set(tiles.keys.subarray(keyStart, keyStart + line.keys), member * keys + prefix);
}
