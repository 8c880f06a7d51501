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
  concat,
  gather,
  less,
  loop,
  matmul,
  mul,
  pad,
  range,
  reduceMean,
  reshape,
  type Size,
  slice,
  softmax,
  sub,
  transpose,
  where,
} from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { Heads, Projections } from "./frame.ts";
import { type Tile, tileAt, type Tiles, times } from "./tiles.ts";

/** Far enough below every score that its weight is exactly 0 in float32. */
const MASKED = -1e30;

/** The attention of every query row, `[queries, heads * width]`. */
export function tiledAttention(tiles: Tiles, projections: Projections, heads: Heads): Value {
  const columns = heads.heads * heads.width;
  const [stacked] = loop(tiles.count, `${tiles.name}.attend`, (turn) => {
    const tile = tileAt(tiles, turn);
    const mixed = mixValues(tile, weigh(tile, projections, heads), projections.values, heads);
    return [padRows(mixed, tile.places, tiles.height)];
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
    const tile = tileAt(tiles, turn);
    const perHead = perQueryHead(weigh(tile, projections, heads), tile, heads);
    const mean = reduceMean(perHead, [0]); // [places, prefix+keys]
    return [padColumns(padRows(mean, tile.places, tiles.height), tile, span)];
  });
  return pickRows(stacked, tiles, span);
}

/** Attention weights `[groups, repeat*places, prefix+keys]`. */
function weigh(tile: Tile, { queries, keys }: Omit<Projections, "values">, heads: Heads): Value {
  const rows = queryRows(tile, queries, heads); // [groups, repeat, members, rows, width]
  const width = heads.width;
  const flat = reshape(rows, [heads.groups, joined(tile, heads), width]);
  const toPrefix = matmul(flat, prefixKeys(tile, keys, heads)); // [groups, repeat*places, prefix]
  const toOwn = matmul(rows, ownKeys(tile, keys, heads)); // [groups, repeat, members, rows, keys]
  const visible = add(toOwn, ownMask(tile));
  const own = reshape(visible, [heads.groups, joined(tile, heads), tile.keys]);
  return softmax(concat([toPrefix, own], -1));
}

/** Weights times values: `[places, heads * width]`. */
function mixValues(tile: Tile, weights: Value, values: Value, heads: Heads): Value {
  const { groups, width } = heads;
  const repeat = heads.heads / groups;
  const [onPrefix, onOwn] = splitAt(weights, tile);
  const fromPrefix = matmul(onPrefix, prefixValues(tile, values, heads));
  const perMember = reshape(onOwn, [groups, repeat, tile.members, tile.rows, tile.keys]);
  const fromOwn = matmul(perMember, ownValues(tile, values, heads));
  const shape = [groups, repeat, tile.members, tile.rows, width];
  const sum = add(reshape(fromPrefix, shape), fromOwn);
  return reshape(transpose(sum, [2, 3, 0, 1, 4]), [tile.places, heads.heads * width]);
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

/** `[groups * repeat, places, ...]` of `[groups, repeat*places, ...]`. */
function perQueryHead(weights: Value, tile: Tile, { heads }: Heads): Value {
  return reshape(weights, [heads, tile.places, { rest: "prefix+keys" }]);
}

/** Every turn of a loop must yield the same shape, so smaller tiles are filled up with zeros. */
function padRows(x: Value, places: Size, height: Size): Value {
  const missing = { name: "missing", value: sub(height.value, places.value) };
  return pad(x, [0, 0, missing, 0], 0, [height.name, x.dim(1)]);
}

function padColumns(x: Value, { prefix, keys }: Tile, span: Size): Value {
  const missing = { name: "missing", value: sub(span.value, add(prefix.value, keys.value)) };
  return pad(x, [0, 0, 0, missing], 0, [x.dim(0), span.name]);
}

/** The rows in the order of the queries, out of the stacked tiles `[tiles, height, columns]`. */
function pickRows(stacked: Value | undefined, tiles: Tiles, columns: number | Size): Value {
  if (stacked === undefined) throw new TypeError("Cannot pick rows as the loop yielded nothing");
  return gather(reshape(stacked, [{ rest: `${tiles.name}.places` }, columns]), tiles.places);
}
