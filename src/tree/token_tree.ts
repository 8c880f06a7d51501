/**
 * TokenTree: a batch laid out for the engine. Every token is held once, every wanted row knows its
 * place, and attention is cut into tiles.
 *
 * Pure planning: knows no model and no runtime.
 *
 * @module
 */

import {
  type PrefixTree,
  prefixTree,
  type Segment,
  type Sequence,
  type SharingPolicy,
} from "./prefix_tree.ts";
import { planTiles, type TileLimits } from "./plan_tiles.ts";
import type { AtOnceLimit } from "./at_once.ts";
import { atOnceWithin } from "./one_tile.ts";
import type { RowsOfSegment } from "./runs.ts";
import { type TileArrays, tilesOf } from "./tiles.ts";
import { type WholeTexts, wholeTexts } from "./whole_texts.ts";
import { CAUSAL, distinctWindows, type Window, windowed } from "./window.ts";

/** A sequence, and what is wanted of it. */
export interface Wanted extends Sequence {
  /** Positions at which the last layer and the head are evaluated. */
  readonly rows: readonly number[];
  /** Those of them whose attention is wanted. */
  readonly attend: readonly number[];
}

/** How a batch may be laid out. */
export interface TreeOptions {
  readonly sharing: SharingPolicy;
  readonly tiles: TileLimits;
  /**
   * What rows see, layer by layer.
   *
   * @default all that stands before them, in every layer
   */
  readonly windows?: readonly Window[];
  /** Where a set of tiles may be one, which needs no loop (`one_tile.ts`). @default nowhere */
  readonly oneTile?: AtOnceLimit | undefined;
  /** Where texts may be written out (`whole_texts.ts`). @default nowhere */
  readonly wholeTexts?: AtOnceLimit | undefined;
}

/** A batch ready to compute. */
export interface TokenTree {
  readonly ids: Int32Array;
  /** Of each token, its position in its sequence, the length of that sequence, and its type. */
  readonly positions: Int32Array;
  readonly lengths: Int32Array;
  readonly types: Int32Array;
  /** The tokens at which the last layer and the head are evaluated, each once. */
  readonly queryRows: Int32Array;
  /** The tiles of all layers but the last, a set for each window that those have. */
  readonly inner: readonly TileArrays[];
  readonly last: TileArrays;
  readonly attention: TileArrays;
  /** The texts written out for layers that attend in fused operators. */
  readonly texts: WholeTexts;
  /** Per wanted sequence, where its rows stand among `queryRows`. */
  readonly rowsOf: readonly Int32Array[];
  /** Per wanted sequence, where the rows whose attention is wanted stand among the attention rows. */
  readonly attentionRowsOf: readonly Int32Array[];
}

/** Lays out sequences, none of them empty. */
export function tokenTree(
  wanted: readonly Wanted[],
  { sharing, tiles, windows = [CAUSAL, CAUSAL], ...atOnce }: TreeOptions,
): TokenTree {
  const empty = wanted.findIndex(({ ids }) => ids.length === 0);
  if (empty >= 0) {
    throw new RangeError(`Cannot lay out a sequence of no tokens: received it at ${empty}`);
  }
  const ahead = windows.some(({ right }) => right > 0);
  // A token that sees what follows it has another state in every sequence.
  const policy = ahead ? { ...sharing, sharesUpTo: 0 } : sharing;
  const tree = prefixTree(wanted, policy);
  const queries = new RowBook();
  const rowsOf = wanted.map(({ rows }, i) =>
    Int32Array.from(rows, (position) => queries.add(locate(i, position)))
  );
  const attending = new RowBook();
  const attentionRowsOf = wanted.map(({ attend }, i) =>
    Int32Array.from(attend, (position) => attending.add(locate(i, position)))
  );
  const everyToken = tree.segments.map(wholeSegment);
  const lastWindow = windows.at(-1) ?? CAUSAL;
  const attend = (layer: string, window: Window, rows: readonly RowsOfSegment[]) =>
    atOnceWithin(tilesOf(windowed(layer, window), planTiles(rows, tiles, window)), atOnce.oneTile);
  return {
    ...perToken(tree),
    queryRows: queries.tokens(),
    inner: distinctWindows(windows.slice(0, -1)).map((each) => attend("inner", each, everyToken)),
    last: attend("last", lastWindow, queries.bySegment()),
    // Attention rows are counted among themselves but read the queries of the last layer.
    attention: pointAt(attend("attention", lastWindow, attending.bySegment()), queries, attending),
    texts: wholeTexts(tree, atOnce.wholeTexts),
    rowsOf,
    attentionRowsOf,
  };

  function locate(i: number, position: number): Spot {
    const length = wanted[i]?.ids.length ?? 0;
    const exists = Number.isInteger(position) && position >= 0 && position < length;
    if (exists) return spotOf(tree.ends[i], position);
    throw new RangeError(
      `Cannot read a row of sequence ${i} as it has ${length} tokens: received ${position}`,
    );
  }
}

/** A token by its segment and its offset in there. */
interface Spot {
  readonly segment: Segment;
  readonly offset: number;
}

/** Where a position stands, on the way from the segment that holds its sequence's end to the root. */
function spotOf(end: Segment | undefined, position: number): Spot {
  let segment = end;
  while (segment !== undefined && segment.start > position) segment = segment.parent;
  if (segment === undefined) throw new RangeError(`Cannot find position ${position} in the tree`);
  return { segment, offset: position - segment.start };
}

function wholeSegment(segment: Segment): RowsOfSegment {
  const offsets = Array.from(segment.ids, (_, i) => i);
  return { segment, offsets, rows: offsets.map((offset) => segment.first + offset) };
}

function perToken(
  tree: PrefixTree,
): Pick<TokenTree, "ids" | "positions" | "lengths" | "types"> {
  const ids = new Int32Array(tree.tokens);
  const positions = new Int32Array(tree.tokens);
  const lengths = new Int32Array(tree.tokens);
  const types = new Int32Array(tree.tokens);
  for (const { first, start, ids: own, types: ownTypes, sequenceLength } of tree.segments) {
    ids.set(own, first);
    if (ownTypes !== undefined) types.set(ownTypes, first);
    lengths.fill(sequenceLength, first, first + own.length);
    for (let i = 0; i < own.length; i++) positions[first + i] = start + i;
  }
  return { ids, positions, lengths, types };
}

/** Numbers rows in the order in which they are added, a token that is added twice once. */
class RowBook {
  readonly #rows = new Map<number, { row: number; spot: Spot }>();

  add(spot: Spot): number {
    const token = spot.segment.first + spot.offset;
    const known = this.#rows.get(token);
    if (known !== undefined) return known.row;
    const row = this.#rows.size;
    this.#rows.set(token, { row, spot });
    return row;
  }

  rowOf(token: number): number {
    return this.#rows.get(token)?.row ?? -1;
  }

  tokens(): Int32Array {
    return Int32Array.from(this.#rows.keys());
  }

  bySegment(): RowsOfSegment[] {
    const groups = new Map<Segment, { offset: number; row: number }[]>();
    for (const { row, spot } of this.#rows.values()) {
      const entry = { offset: spot.offset, row };
      const group = groups.get(spot.segment);
      if (group === undefined) groups.set(spot.segment, [entry]);
      else group.push(entry);
    }
    return [...groups].map(([segment, entries]) => {
      const sorted = entries.toSorted((a, b) => a.offset - b.offset);
      return {
        segment,
        offsets: sorted.map(({ offset }) => offset),
        rows: sorted.map(({ row }) => row),
      };
    });
  }
}

/** Attention tiles gather queries by the last layer's rows instead of by their own. */
function pointAt(tiles: TileArrays, queries: RowBook, attending: RowBook): TileArrays {
  const tokens = attending.tokens();
  return { ...tiles, rows: tiles.rows.map((row) => queries.rowOf(tokens[row]!)) };
}
