/**
 * Attention over tiles: one softmax over a prefix that members share and each member's own run.
 *
 * Keys and values of the prefix are multiplied with the rows of all members at once; only the own runs are
 * multiplied member by member. With grouped queries (arXiv 2305.13245) the heads of a group
 * are rows of the same product.
 *
 * @module
 */

import {
  add,
  cast,
  choose,
  concat,
  gather,
  greater,
  less,
  loop,
  matmul,
  mul,
  pad,
  range,
  reduceMean,
  reshape,
  shapeOf,
  type Size,
  slice,
  softmax,
  sub,
  transpose,
  where,
} from "../onnx/ops.ts";
import type { Dim, Value } from "../onnx/value.ts";
import type { Heads, Projections } from "./frame.ts";
import { type Tile, tileAt, type Tiles, times } from "./tiles.ts";

/** Far enough below every score that its weight is exactly 0 in float32. */
const MASKED = -1e30;

/** The attention of every query row, `[queries, heads * width]`. */
export function tiledAttention(tiles: Tiles, projections: Projections, heads: Heads): Value {
  const columns = heads.heads * heads.width;
  const [stacked] = loop(tiles.count, `${tiles.name}.attend`, (turn) => {
    const mixed = withOrWithoutPrefix(tileAt(tiles, turn), (tile, prefixed) => {
      const weights = weigh(tile, projections, { heads, prefixed });
      return mixValues(tile, weights, { values: projections.values, heads, prefixed });
    });
    return [padRows(mixed, tiles, columns)];
  });
  return pickRows(stacked, tiles, columns);
}

/**
 * The attention weights of every query row, averaged over heads: `[queries, span]`. The first columns
 * are the row's prefix, the next ones its own run, the rest is 0.
 *
 * @param options.span prefix plus keys of the widest tile
 */
export function tiledWeights(
  tiles: Tiles,
  projections: Omit<Projections, "values">,
  { heads, span }: { heads: Heads; span: Size },
): Value {
  const [stacked] = loop(tiles.count, `${tiles.name}.weigh`, (turn) => {
    const mean = withOrWithoutPrefix(tileAt(tiles, turn), (tile, prefixed) => {
      const weights = weigh(tile, projections, { heads, prefixed });
      const perHead = reshape(weights, [heads.heads, tile.places, { rest: "prefix+keys" }]);
      return reduceMean(perHead, [0]); // [places, prefix+keys]
    });
    return [padColumns(padRows(mean, tiles, mean.dim(1)), span)];
  });
  return pickRows(stacked, tiles, span);
}

/** Most tiles of short texts have no prefix: they skip the products, the join and the cut it needs. */
function withOrWithoutPrefix(
  tile: Tile,
  compute: (tile: Tile, prefixed: boolean) => Value,
): Value {
  const { rowIndex, reach, keyIndex, prefixIndex } = tile;
  const branch = (prefixed: boolean) => (local: readonly Value[]) => {
    const [rows = rowIndex, seen = reach, keys = keyIndex, prefix = prefixIndex] = local;
    return compute(
      { ...tile, rowIndex: rows, reach: seen, keyIndex: keys, prefixIndex: prefix },
      prefixed,
    );
  };
  return choose(greater(tile.prefix.value, 0), [rowIndex, reach, keyIndex, prefixIndex], {
    then: branch(true),
    otherwise: branch(false),
  });
}

interface Weighing {
  readonly heads: Heads;
  readonly prefixed: boolean;
}

/** Attention weights `[groups, repeat*places, prefix+keys]`. */
function weigh(
  tile: Tile,
  { queries, keys }: Omit<Projections, "values">,
  { heads, prefixed }: Weighing,
): Value {
  const rows = queryRows(tile, queries, heads); // [groups, repeat, members, rows, width]
  const toOwn = matmul(rows, ownKeys(tile, keys, heads)); // [groups, repeat, members, rows, keys]
  const visible = add(toOwn, ownMask(tile));
  const own = reshape(visible, [heads.groups, joined(tile, heads), tile.keys]);
  if (!prefixed) return softmax(own);
  const flat = reshape(rows, [heads.groups, joined(tile, heads), heads.width]);
  const toPrefix = matmul(flat, prefixKeys(tile, keys, heads)); // [groups, repeat*places, prefix]
  return softmax(concat([toPrefix, own], -1));
}

/** Weights times values: `[places, heads * width]`. */
function mixValues(
  tile: Tile,
  weights: Value,
  { values, heads, prefixed }: Weighing & { values: Value },
): Value {
  const { groups, width } = heads;
  const repeat = heads.heads / groups;
  const [onPrefix, onOwn] = prefixed ? splitAt(weights, tile) : [undefined, weights];
  const perMember = reshape(onOwn, [groups, repeat, tile.members, tile.rows, tile.keys]);
  let mixed = matmul(perMember, ownValues(tile, values, heads));
  if (onPrefix !== undefined) {
    const fromPrefix = matmul(onPrefix, prefixValues(tile, values, heads));
    mixed = add(mixed, reshape(fromPrefix, [groups, repeat, tile.members, tile.rows, width]));
  }
  return reshape(transpose(mixed, [2, 3, 0, 1, 4]), [tile.places, heads.heads * width]);
}

/** `repeat * members * rows`: the rows that one group's keys are multiplied with. */
function joined(tile: Tile, { heads, groups }: Heads): Size {
  return times(tile.places, heads / groups);
}

/** Scaled queries, `[groups, repeat, members, rows, width]` */
function queryRows(tile: Tile, queries: Value, { heads, groups, width, scale }: Heads): Value {
  const picked = mul(gather(queries, tile.rowIndex), scale);
  const shape = [tile.members, tile.rows, groups, heads / groups, width];
  return transpose(reshape(picked, shape), [2, 3, 0, 1, 4]);
}

/** `[groups, width, prefix]` */
function prefixKeys(tile: Tile, keys: Value, { groups, width }: Heads): Value {
  const picked = gather(keys, tile.prefixIndex);
  return transpose(reshape(picked, [tile.prefix, groups, width]), [1, 2, 0]);
}

/** `[groups, prefix, width]` */
function prefixValues(tile: Tile, values: Value, { groups, width }: Heads): Value {
  const picked = gather(values, tile.prefixIndex);
  return transpose(reshape(picked, [tile.prefix, groups, width]), [1, 0, 2]);
}

/** `[groups, 1, members, width, keys]` */
function ownKeys(tile: Tile, keys: Value, heads: Heads): Value {
  return transpose(ownRuns(tile, keys, heads), [2, 3, 0, 4, 1]);
}

/** `[groups, 1, members, keys, width]` */
function ownValues(tile: Tile, values: Value, heads: Heads): Value {
  return transpose(ownRuns(tile, values, heads), [2, 3, 0, 1, 4]);
}

function ownRuns(tile: Tile, perToken: Value, { groups, width }: Heads): Value {
  const picked = gather(perToken, tile.keyIndex);
  return reshape(picked, [tile.members, tile.keys, groups, 1, width]);
}

/** 0 where a row may look, `MASKED` where it may not: `[members, rows, keys]`. */
function ownMask(tile: Tile): Value {
  const reach = reshape(tile.reach, [tile.members, tile.rows, 1]);
  return where(less(cast(range(tile.keys), "int32"), reach), 0, MASKED);
}

/** The weights on the prefix and those on the own run. */
function splitAt(weights: Value, { prefix, keys }: Tile): [Value, Value] {
  const total = add(prefix.value, keys.value);
  return [
    slice(weights, { axis: -1, start: 0, end: prefix.value, name: prefix.name }),
    slice(weights, { axis: -1, start: prefix.value, end: total, name: keys.name }),
  ];
}

/** Every turn of a loop must yield the same shape, so smaller tiles are filled up with zeros. */
function padRows(x: Value, { height }: Tiles, columns: Dim): Value {
  const missing = { name: "missing", value: sub(height.value, extentOf(x, 0)) };
  return pad(x, [0, 0, missing, 0], 0, [height.name, columns]);
}

function padColumns(x: Value, span: Size): Value {
  const missing = { name: "missing", value: sub(span.value, extentOf(x, 1)) };
  return pad(x, [0, 0, 0, missing], 0, [x.dim(0), span.name]);
}

/** One extent of `x` as a scalar. */
function extentOf(x: Value, axis: number): Value {
  return gather(shapeOf(x), x.graph.scalar("int64", axis));
}

/** The rows in the order of the queries, out of the stacked tiles `[tiles, height, columns]`. */
function pickRows(stacked: Value | undefined, tiles: Tiles, columns: number | Size): Value {
  if (stacked === undefined) throw new TypeError("Cannot pick rows as the loop yielded nothing");
  return gather(reshape(stacked, [{ rest: `${tiles.name}.places` }, columns]), tiles.places);
}
