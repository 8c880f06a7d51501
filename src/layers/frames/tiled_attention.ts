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
  and,
  type Branch,
  cast,
  choose,
  type Extent,
  gather,
  greater,
  less,
  lessOrEqual,
  loop,
  matmul,
  mul,
  pad,
  range,
  reduceMean,
  reshape,
  type Size,
  sub,
  transpose,
} from "../../onnx/ops.ts";
import type { Shape, Value } from "../../onnx/value.ts";
import {
  type AttentionSpec,
  attentionWeights,
  attentionWeightsApart,
  hidden,
  type Pairs,
  type ScoredKeys,
} from "../attention.ts";
import type { Projections } from "./frame.ts";
import { type Tile, tileAt, type Tiles } from "./tiles.ts";

/** How rows attend over tiles, and where they and their keys stand. */
export interface TiledSpec {
  readonly spec: AttentionSpec;
  readonly positions: TilePositions;
}

/** Positions in the sequence of what tiles gather; made where a bias reads them. */
export interface TilePositions {
  /** Of every query row, `int32[queries]`. */
  rows(): Value;
  /** Of every token, `int32[tokens]`. */
  keys(): Value;
}

/** The attention of every query row, `[queries, heads * width]`. */
export function tiledAttention(
  tiles: Tiles,
  projections: Projections,
  { spec, positions }: TiledSpec,
): Value {
  const columns = spec.heads * spec.width;
  const byHead = headMajor(projections, spec);
  const values = outermost(projections.values, spec.kvHeads, spec.width);
  const attend = (local: Tile, prefixed: boolean) => {
    const scored = scoresOf(local, byHead, { spec, positions, prefixed });
    return mixValues(local, scored, { values, spec });
  };
  return atOnceOrInTurns(tiles, (tile) => attend(tile, false), (bring) => {
    const [stacked] = loop(bring(tiles.count), `${tiles.name}.attend`, (turn) => {
      const tile = tileAt(tiles, turn);
      const mixed = withOrWithoutPrefix(tile, attend);
      return [padded(mixed, [tile.size.missingPlaces, 0], [`${tiles.name}.height`, columns])];
    });
    return pickRows(stacked, tiles, columns);
  });
}

/**
 * The attention weights of every query row, averaged over heads: `[queries, span]`. The first columns
 * are the prefix of the row's tile, the next ones its own run, the rest is 0.
 */
export function tiledWeights(
  tiles: Tiles,
  projections: Scored,
  { spec, positions }: TiledSpec,
): Value {
  const byHead = headMajor(projections, spec);
  const meanOf = (local: Tile, prefixed: boolean) => {
    const { before, own } = scoresOf(local, byHead, { spec, positions, prefixed });
    const weights = attentionWeights(before === undefined ? [own] : [before, own], spec);
    const shape = [spec.heads, local.size.places, { rest: "prefix+keys" }];
    return reduceMean(reshape(weights, shape), [0]); // [places, prefix+keys]
  };
  const span = tiles.span();
  const stretched = (mean: Value, { missingPlaces, missingSpan }: Tile["size"]) =>
    padded(mean, [missingPlaces, missingSpan], [`${tiles.name}.height`, span.name]);
  return atOnceOrInTurns(tiles, (tile) => stretched(meanOf(tile, false), tile.size), (bring) => {
    const [stacked] = loop(bring(tiles.count), `${tiles.name}.weigh`, (turn) => {
      const tile = tileAt(tiles, turn);
      return [stretched(withOrWithoutPrefix(tile, meanOf), tile.size)];
    });
    return pickRows(stacked, tiles, span);
  });
}

/** The rows of the one tile where there is only one, else those of all tiles, turn by turn. */
function atOnceOrInTurns(
  tiles: Tiles,
  compute: (tile: Tile) => Value,
  inTurns: Branch,
): Value {
  if (tiles.atOnce === undefined) return inTurns((value) => value);
  return choose(tiles.atOnce, {
    then: (bring) => gather(compute(within(tiles.first(), bring)), bring(tiles.places)),
    otherwise: inTurns,
  });
}

/** What attention weights depend on. */
type Scored = Pick<Projections, "queries" | "keys">;

/** Scaled queries and keys with their heads outermost. */
function headMajor(
  { queries, keys }: Scored,
  { heads, kvHeads, width, scale }: AttentionSpec,
): Scored {
  return {
    queries: mul(outermost(queries, heads, width), scale),
    keys: outermost(keys, kvHeads, width),
  };
}

/** `[count, rows, width]` of `[rows, count * width]`, so that tiles gather heads where they belong. */
function outermost(x: Value, count: number, width: number): Value {
  return transpose(reshape(x, [{ rest: `${x.dim(0)}` }, count, width]), [1, 0, 2]);
}

/** Most tiles of short texts have no prefix: they skip the products, the join and the cut it needs. */
function withOrWithoutPrefix(
  tile: Tile,
  compute: (tile: Tile, prefixed: boolean) => Value,
): Value {
  return choose(greater(tile.size.prefix.value, 0), {
    then: (bring) => compute(within(tile, bring), true),
    otherwise: (bring) => compute(within(tile, bring), false),
  });
}

/** The tile as a branch sees it, which brings in what it reads. */
function within(tile: Tile, bring: (value: Value) => Value): Tile {
  return {
    size: tile.size,
    get rowIndex() {
      return bring(tile.rowIndex);
    },
    get from() {
      return tile.from && bring(tile.from);
    },
    get reach() {
      return bring(tile.reach);
    },
    get keyIndex() {
      return bring(tile.keyIndex);
    },
    get prefixIndex() {
      return bring(tile.prefixIndex);
    },
  };
}

interface Weighing extends TiledSpec {
  readonly prefixed: boolean;
}

/** What the rows of a tile are scored on: the prefix, if there is one, and each member's own keys. */
interface ScoredTile {
  /** `[kvHeads, repeat, members, rows, prefix]` */
  readonly before?: ScoredKeys;
  /** `[kvHeads, repeat, members, rows, keys]` */
  readonly own: ScoredKeys;
}

function scoresOf(
  tile: Tile,
  { queries, keys }: Scored,
  { spec, positions, prefixed }: Weighing,
): ScoredTile {
  const { members, rows, keys: ownLength, prefix } = tile.size;
  const { kvHeads, width } = spec;
  const repeat = spec.heads / kvHeads;
  const picked = gather(queries, tile.rowIndex, 1); // [heads, places, width]
  const byMember = reshape(picked, [kvHeads, repeat, members, rows, width]);
  const ownKeys = ownRuns(tile, keys, spec);
  const pairsWith = (keys: () => Value, keyPositions: Value): Pairs => {
    const rowPositions = reshape(gather(positions.rows(), tile.rowIndex), [members, rows, 1]);
    return {
      queries: byMember,
      get keys() {
        return keys(); // a bias may need positions and queries alone
      },
      rowPositions,
      keyPositions,
    };
  };
  const standing = (index: Value, shape: readonly Extent[]) =>
    reshape(gather(positions.keys(), index), shape);
  const own = {
    scores: matmul(byMember, swapLast(ownKeys)), // [kvHeads, repeat, members, rows, keys]
    mask: ownMask(tile),
    pairs: () => pairsWith(() => ownKeys, standing(tile.keyIndex, [members, 1, ownLength])),
  };
  if (!prefixed) return { own };
  const flat = reshape(picked, [kvHeads, { rest: "repeat*places" }, width]);
  const { prefixIndex } = tile;
  const shared = gather(keys, prefixIndex, 1); // [kvHeads, prefix, width]
  const toPrefix = matmul(flat, swapLast(shared));
  const before = {
    scores: reshape(toPrefix, [kvHeads, repeat, members, rows, prefix]),
    mask: prefixMask(tile),
    pairs: () =>
      pairsWith(
        () => reshape(shared, [kvHeads, 1, 1, prefix, width]),
        standing(prefixIndex, [1, 1, prefix]),
      ),
  };
  return { before, own };
}

/** Weights times values: `[places, heads * width]`. */
function mixValues(
  tile: Tile,
  { before, own }: ScoredTile,
  { values, spec }: { values: Value; spec: AttentionSpec },
): Value {
  const { places, prefix } = tile.size;
  const { heads, kvHeads, width } = spec;
  const flat = (x: Value, columns: Extent) =>
    reshape(x, [kvHeads, { rest: "repeat*places" }, columns]);
  const ownValues = ownRuns(tile, values, spec);
  let mixed: Value;
  if (before === undefined) {
    mixed = flat(matmul(attentionWeights([own], spec), ownValues), width);
  } else {
    const sizes = [prefix, tile.size.keys] as const;
    const [onPrefix, onOwn] = attentionWeightsApart([before, own], sizes, spec) as [Value, Value];
    const fromPrefix = matmul(flat(onPrefix, prefix), gather(values, tile.prefixIndex, 1));
    mixed = add(flat(matmul(onOwn, ownValues), width), fromPrefix);
  }
  const byPlace = transpose(reshape(mixed, [heads, places, width]), [1, 0, 2]);
  return reshape(byPlace, [places, heads * width]);
}

/** The own keys or values of each member, `[kvHeads, 1, members, keys, width]`. */
function ownRuns(tile: Tile, perToken: Value, { kvHeads, width }: AttentionSpec): Value {
  const picked = gather(perToken, tile.keyIndex, 1); // [kvHeads, members*keys, width]
  return reshape(picked, [kvHeads, 1, tile.size.members, tile.size.keys, width]);
}

function swapLast(x: Value): Value {
  const order = x.shape.map((_, axis) => axis);
  const [a, b] = [x.rank - 2, x.rank - 1];
  return transpose(x, order.with(a, b).with(b, a));
}

/** Each row sees the own keys before the one it reaches, unless they stand before its window. */
function ownMask({ from, reach, size }: Tile): Value {
  const byRow = (list: Value) => reshape(list, [size.members, size.rows, 1]);
  const columns = cast(range(size.keys), "int32");
  const reached = less(columns, byRow(reach)); // [members, rows, keys]
  return hidden(from === undefined ? reached : and(reached, lessOrEqual(byRow(from), columns)));
}

/** Each row sees the whole prefix, unless it has a window that begins in there. */
function prefixMask({ from, size }: Tile): Value | undefined {
  if (from === undefined) return undefined;
  const columns = cast(sub(range(size.prefix), size.prefix.value), "int32"); // -prefix to -1
  return hidden(lessOrEqual(reshape(from, [size.members, size.rows, 1]), columns));
}

/** Every turn of a loop must yield the same shape, so smaller tiles are filled up with zeros. */
function padded(x: Value, after: [Size, Size | 0], declared: Shape): Value {
  return pad(x, { before: [0, 0], after, declared });
}

/** The rows in the order of the queries, out of the stacked tiles `[tiles, height, columns]`. */
function pickRows(stacked: Value | undefined, tiles: Tiles, columns: number | Size): Value {
  if (stacked === undefined) throw new TypeError("Cannot pick rows as the loop yielded nothing");
  return gather(reshape(stacked, [{ rest: `${tiles.name}.places` }, columns]), tiles.places);
}
