/**
 * Feeds: a token tree under the names of the graph's inputs, as arrays that can travel to the worker.
 *
 * @module
 */

import { TILE_COLUMNS } from "../layers/tiles.ts";
import type { TileArrays } from "../tree/tiles.ts";
import type { TokenTree } from "../tree/token_tree.ts";
import type { Feed, Feeds } from "./arrays.ts";

/** Every input that a scoring graph may declare; a session takes those that its graph does declare. */
export function feedsOf(tree: TokenTree): Feeds {
  return {
    ids: list(tree.ids),
    positions: list(tree.positions),
    lengths: list(tree.lengths),
    iota: wide(Array.from(tree.ids, (_, i) => i)),
    query_rows: wide(tree.queryRows),
    "credit.span": scalar(Math.max(1, tree.credit.span)), // a reshape to no columns is refused
    ...tileFeeds("inner", tree.inner),
    ...tileFeeds("last", tree.last),
    ...tileFeeds("credit", tree.credit),
  };
}

function tileFeeds(name: string, tiles: TileArrays): Feeds {
  return {
    [`${name}.table`]: tableOf(tiles),
    [`${name}.count`]: scalar(tiles.table.length),
    [`${name}.rows`]: list(tiles.rows),
    [`${name}.reach`]: list(tiles.reach),
    [`${name}.keys`]: list(tiles.keys),
    [`${name}.prefix`]: list(tiles.prefix),
    [`${name}.places`]: list(tiles.places),
  };
}

/** A line per tile, in the order of columns that the graph reads. */
function tableOf({ table }: TileArrays): Feed {
  const cells = table.flatMap((line) => TILE_COLUMNS.map((name) => line[name]));
  return { ...wide(cells), dims: [table.length, TILE_COLUMNS.length] };
}

function list(values: Int32Array): Feed {
  return { data: Int32Array.from(values), dims: [values.length] };
}

function wide(values: ArrayLike<number>): Feed {
  return {
    data: BigInt64Array.from({ length: values.length }, (_, i) => BigInt(values[i]!)),
    dims: [values.length],
  };
}

function scalar(value: number): Feed {
  return { data: BigInt64Array.of(BigInt(value)), dims: [] };
}
