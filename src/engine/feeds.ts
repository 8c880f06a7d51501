/**
 * Feeds: a token tree under the names of the graph's inputs, as arrays that can travel to the worker.
 *
 * @module
 */

import { TILE_COLUMNS, type TileArrays } from "../tree/tiles.ts";
import type { TokenTree } from "../tree/token_tree.ts";
import type { Feed, Feeds } from "./arrays.ts";

/** Every input that a scoring graph may declare; a session takes those that its graph does declare. */
export function feedsOf(tree: TokenTree): Feeds {
  return {
    ids: listFeed(tree.ids),
    positions: listFeed(tree.positions),
    lengths: listFeed(tree.lengths),
    types: listFeed(tree.types),
    iota: iotaFeed(tree.ids.length),
    query_rows: wide(tree.queryRows),
    ...tileFeeds([...tree.inner, tree.last, tree.attention]),
    ...textFeeds(tree),
  };
}

function tileFeeds(sets: readonly TileArrays[]): Feeds {
  return Object.assign({}, ...sets.map(setFeeds));
}

function setFeeds(tiles: TileArrays): Feeds {
  const { name } = tiles;
  return {
    [`${name}.table`]: tableOf(tiles),
    [`${name}.count`]: scalarFeed(tiles.table.length),
    [`${name}.at_once`]: flagFeed(tiles.atOnce),
    [`${name}.rows`]: listFeed(tiles.rows),
    [`${name}.from`]: listFeed(tiles.from),
    [`${name}.reach`]: listFeed(tiles.reach),
    [`${name}.keys`]: listFeed(tiles.keys),
    [`${name}.prefix`]: listFeed(tiles.prefix),
    [`${name}.places`]: listFeed(tiles.places),
    [`${name}.span`]: scalarFeed(Math.max(1, tiles.span)), // a reshape to no columns is refused
  };
}

/** As `layers/frames/fused_attention.ts` reads them. */
function textFeeds({ texts }: Pick<TokenTree, "texts">): Feeds {
  const { atOnce, count, longest, tokens, places } = texts;
  return {
    "texts.at_once": flagFeed(atOnce),
    "texts.tokens": { ...listFeed(tokens), dims: [count, longest] },
    // All count as long as the longest: a row sees nothing behind itself, so nothing of what fills a text up.
    "texts.last": listFeed(new Int32Array(count).fill(longest - 1)),
    "texts.longest": listFeed(Int32Array.of(longest)),
    "texts.places": listFeed(places),
  };
}

/**
 * A line per tile, in the order of columns that the graph reads. Graphs that may attend at once read the first line
 * in any case, so that where there is no tile there is a line of an empty one.
 */
function tableOf({ table }: TileArrays): Feed {
  const cells = table.flatMap((line) => TILE_COLUMNS.map((name) => line[name]));
  if (table.length === 0) cells.push(...TILE_COLUMNS.map(() => 0));
  return { ...wide(cells), dims: [Math.max(1, table.length), TILE_COLUMNS.length] };
}

/** A vector of `int32`, copied. */
export function listFeed(values: Int32Array): Feed {
  return { data: Int32Array.from(values), dims: [values.length] };
}

/** `0, 1, ..., count - 1` as `int64[count]`. */
export function iotaFeed(count: number): Feed {
  return { data: BigInt64Array.from({ length: count }, (_, i) => BigInt(i)), dims: [count] };
}

function wide(values: ArrayLike<number>): Feed {
  return {
    data: BigInt64Array.from({ length: values.length }, (_, i) => BigInt(values[i]!)),
    dims: [values.length],
  };
}

/** A truth of `bool[]`. */
function flagFeed(holds: boolean): Feed {
  return { data: Uint8Array.of(holds ? 1 : 0), dims: [] };
}

/** A number of `int64[]`. */
export function scalarFeed(value: number): Feed {
  return { data: BigInt64Array.of(BigInt(value)), dims: [] };
}
